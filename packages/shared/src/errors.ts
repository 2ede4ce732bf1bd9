import { z } from 'zod';

/**
 * Every refusal Peekaboo can give, with the HTTP status that fits and the remedy for whoever reads the log.
 * docs/protocol.md lists the same codes and the viewer has a sentence for each; a unit test holds the three together.
 */
export const errorCatalogue = {
  BAD_MESSAGE: { status: 400, remedy: 'Send the fields that docs/protocol.md lists for this message, and no others.' },
  PASS_MISSING: { status: 401, remedy: 'Open the link you were given again; it carries the pass.' },
  PASS_INVALID: { status: 401, remedy: 'Ask the nursery for a new link; this pass was not issued here or was altered.' },
  PASS_EXPIRED: { status: 401, remedy: 'Ask the nursery for a new link; this pass has run out.' },
  PASS_REVOKED: { status: 403, remedy: 'Ask the nursery; this pass was withdrawn.' },
  PASS_UNBOUND: {
    status: 401,
    remedy: 'Ask the nursery for a new link; a pass counts only together with the key of the device it was made for.',
  },
  PROOF_INVALID: {
    status: 401,
    remedy: 'Sign a proof with the key of the pass, for this address and this pass; see docs/protocol.md, "Proofs".',
  },
  PROOF_STALE: { status: 401, remedy: 'Set the clock of this device; now says what time it is.' },
  PROOF_REPLAYED: { status: 401, remedy: 'Sign a new proof for every request; this one was used.' },
  FINGERPRINT_UNPROVEN: {
    status: 403,
    remedy: 'Answer from the device that asked; the certificate of the answer must be the one it signed.',
  },
  ROLE_NOT_ALLOWED: { status: 403, remedy: 'Use a pass whose role fits this page.' },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    remedy: 'Open the page at an address of publicUrls, or add this one there; a proxy has to pass Host on.',
  },
  RIGHT_MISSING: { status: 403, remedy: 'Ask somebody who may: administering and cutting take a right of their own.' },
  INVITE_UNKNOWN: { status: 404, remedy: 'Ask the nursery for a new link; this one was used, has run out, or never was.' },
  PROVIDER_UNAVAILABLE: {
    status: 503,
    remedy: 'Check that the identity provider can be reached at PEEKABOO_JWKS_URL; its keys are needed.',
  },
  DEVICE_UNKNOWN: { status: 404, remedy: 'Ask the nursery for a new link; this device was never invited.' },
  PERSON_UNKNOWN: { status: 404, remedy: 'Reload the page; this person was removed, has run out, or belongs to another nursery.' },
  LAST_ADMINISTRATOR: {
    status: 409,
    remedy: 'Let somebody else administer first; without anybody who does, only the server makes a new link.',
  },
  ROOM_NOT_IN_PASS: { status: 403, remedy: 'Ask the nursery to add the room to the pass.' },
  HELD: { status: 423, remedy: 'Wait: staff have paused the picture. Viewing resumes by itself when they lift the hold.' },
  OUTSIDE_HOURS: { status: 403, remedy: 'Come back in the hours of the room; opensAt says when.' },
  CAMERA_NOT_LIVE: { status: 503, remedy: 'Wait, or check the camera; the picture comes back by itself.' },
  TOO_MANY_VIEWS: { status: 429, remedy: 'Close the picture on another device first.' },
  VIEW_UNKNOWN: { status: 404, remedy: 'Ask to watch again; this view is closed or was never yours.' },
  ANSWER_UNUSABLE: { status: 400, remedy: 'Answer the offer as it stands: accept its media, with a sha-256 fingerprint or better.' },
  ALREADY_ANSWERED: { status: 409, remedy: 'Ask to watch again; a view is answered once.' },
  SFU_UNAVAILABLE: { status: 503, remedy: 'Wait, or check that an SFU with this room is running and linked.' },
  DARK: { status: 503, remedy: 'Wait: the media server has not yet been told what is on hold, and stays dark until it is.' },
  STORE_UNAVAILABLE: {
    status: 503,
    remedy:
      'Check the store (its disk, or Redis) and the disk under the ledger; nothing is shown while holds cannot be read or the ledger cannot be written.',
  },
  REVISION_REGRESSED: {
    status: 409,
    remedy: 'The store is older than what was already seen. Restore the newest copy, or see docs/operations.md.',
  },
  HOLD_UNKNOWN: { status: 404, remedy: 'Reload the page; this hold is already lifted or belongs to another nursery.' },
  HOURS_INVALID: { status: 400, remedy: 'Correct the hours; fields says what is wrong with them.' },
  HOLD_FINAL: { status: 409, remedy: 'Invite the guardian anew; a revocation cannot be lifted.' },
  BUSY: { status: 429, remedy: 'Ask one thing at a time, and less often.' },
  INTERNAL: { status: 500, remedy: 'Look for this moment in the log of the process that answered.' },
} as const satisfies Record<string, { status: number; remedy: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

export const errorCodes = Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]];

/** An error as it travels: a code, and the facts that go with it. */
export const wireError = z.strictObject({
  code: z.enum(errorCodes),
  remedy: z.string().max(300),
  opensAt: z.number().nullable().optional(),
  since: z.number().optional(),
  now: z.number().optional(),
  knownRevision: z.int().nonnegative().optional(),
  fields: z.array(z.string().max(200)).max(10).optional(),
});
export type WireError = z.infer<typeof wireError>;
export type ErrorFacts = Omit<WireError, 'code' | 'remedy'>;

/** A refusal: expected, typed, safe to show. Anything else that is thrown is a defect and travels as INTERNAL. */
export class PeekabooError extends Error {
  override readonly name = 'PeekabooError';
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, facts: ErrorFacts = {}, options?: ErrorOptions) {
    super(`${code}: ${errorCatalogue[code].remedy}`, options);
    this.code = code;
    this.facts = facts;
  }

  toWire(): WireError {
    return { code: this.code, remedy: errorCatalogue[this.code].remedy, ...this.facts };
  }
}

/** A mistake in how a program was started (bad file, taken port): one line for a person, exit code 2. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
