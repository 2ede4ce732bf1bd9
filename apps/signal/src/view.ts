import type { ViewSubject } from '@peekaboo/shared/hold';
import type { Pass } from '@peekaboo/shared/pass';
import type { CloseReason } from '@peekaboo/shared/wire';
import type { SfuLink } from './sfu-link.ts';

export type Answer = { view: string; sdp: string; proof: string };

/** Who watches: one connected browser, with its verified pass. */
export type Guardian = {
  readonly pass: Pass;
  /** Thumbprint of the key that this browser has proven to hold. */
  readonly provenKey: string;
  /** Returns the fingerprint in an answer that this guardian's own device has made. @throws PeekabooError. */
  proveAnswer: (answer: Answer) => Promise<string>;
  tellClosed: (view: string, reason: CloseReason) => void;
  tellLimit: (view: string, validUntil: number) => void;
};

/** One guardian's open transport to one room, as signal knows it. */
export type View = {
  id: string;
  guardian: Guardian;
  subject: ViewSubject;
  sfu: SfuLink;
  /** `opening` until the SFU has sent the offer, `offered`, then `admitted`: the SFU was given the answer, so a picture is possible; then `connected`. */
  state: 'opening' | 'offered' | 'admitted' | 'connected';
  /** When this state began, in milliseconds since the Unix epoch. */
  since: number;
  /** When the SFU ends it by itself, in milliseconds since the Unix epoch. */
  validUntil: number;
};
