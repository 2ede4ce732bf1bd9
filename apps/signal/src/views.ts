import { NoReplyError } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import type { ViewSubject } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import type { CloseReason, IceServers } from '@peekaboo/shared/wire';
import { type Admission, admit } from './admission/admit.ts';
import type { ViewRecord } from './audit/view-record.ts';
import type { Holds } from './holds.ts';
import type { Rooms } from './rooms.ts';
import type { SfuLink } from './sfu-link.ts';
import type { SfuLinks } from './sfu-links.ts';

export type Answer = { view: string; sdp: string; proof: string };

/** Who watches: one connected browser, with its verified pass. */
export type Guardian = {
  readonly pass: Pass;
  /** Returns the fingerprint in an answer that this guardian's own device has made. @throws PeekabooError. */
  proveAnswer: (answer: Answer) => Promise<string>;
  tellClosed: (view: string, reason: CloseReason) => void;
  tellLimit: (view: string, validUntil: number) => void;
};

type View = {
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
  /** Resolves when the ledger has it on disk that this view was admitted. */
  recorded?: Promise<void>;
};

export type ViewsOptions = {
  rooms: Rooms;
  holds: Holds;
  sfuLinks: SfuLinks;
  record: ViewRecord;
  viewsPerGuardian: number;
  clock: Clock;
  log: Logger;
  onChange: () => void;
};

/** A later end is told once the one before it is this near: a room that never closes has an end that moves with the clock. */
const nearEndMs = 86_400_000;

/** A view that is open was within the limit when it opened; that is not asked again. */
const alreadyCounted = 0;

/** What a view is said to have closed for when admission, asked again, refuses it with this code. */
const reviewReasons: Partial<Record<ErrorCode, CloseReason>> = {
  HELD: 'cut',
  PASS_REVOKED: 'revoked',
  OUTSIDE_HOURS: 'expired',
  PASS_EXPIRED: 'expired',
};

/** The open views, each admitted before it is offered, again when it is answered, and again whenever something changes. */
export class Views {
  readonly #options: ViewsOptions;
  readonly #views = new Map<string, View>();

  constructor(options: ViewsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#views.size;
  }

  /** How many viewers see this room right now, or are about to. */
  countIn(room: string): number {
    return [...this.#views.values()].filter(({ subject }) => subject.room === room).length;
  }

  /**
   * Opens a view of a room. One that this browser already has of the same room is replaced.
   * @throws PeekabooError from admission, SFU_UNAVAILABLE, and what the SFU refuses with.
   */
  open(guardian: Guardian, room: string): Promise<{ view: string; offer: string; iceServers: IceServers; validUntil: number }> {
    return this.#notingRefusal(guardian, room, () => this.#open(guardian, room));
  }

  async #open(guardian: Guardian, room: string): Promise<{ view: string; offer: string; iceServers: IceServers; validUntil: number }> {
    const { sfuLinks, record, clock } = this.#options;
    this.#replaceEarlierViewOf(guardian, room);
    const { validUntil } = this.#admitOrThrow(guardian.pass, room, this.#countOf(guardian.pass.sub));
    if (!record.possible) throw new PeekabooError('STORE_UNAVAILABLE');
    const sfu = sfuLinks.forRoom(room);
    const { pass } = guardian;
    const subject = { nursery: pass.nursery, room, guardian: pass.sub, pass: pass.jti };
    const view: View = { id: newId('view'), guardian, subject, sfu, state: 'opening', since: clock.now(), validUntil };
    this.#views.set(view.id, view);
    try {
      const { offer, iceServers } = await this.#order(() =>
        sfu.order('view.open', { view: view.id, subject, validForMs: validUntil - clock.now() }),
      );
      if (!this.#views.has(view.id)) throw new PeekabooError('VIEW_UNKNOWN'); // cut, or the browser left, while it was opening
      view.state = 'offered';
      this.#options.onChange();
      return { view: view.id, offer, iceServers, validUntil: view.validUntil };
    } catch (error) {
      if (this.#views.has(view.id)) this.#forget(view, 'not-admitted');
      this.#orderClose(view, 'not-admitted'); // also when it was forgotten already: the SFU may have opened it since
      throw error;
    }
  }

  /** Passes the guardian's answer on, if the view is theirs, the answer their device's, and they would still be admitted. */
  async answer(guardian: Guardian, answer: Answer): Promise<void> {
    const view = this.#own(guardian, answer.view);
    const fingerprint = await this.#notingRefusal(guardian, view.subject.room, () => this.#readmit(view, answer));
    await this.#order(() => view.sfu.order('view.answer', { view: view.id, sdp: answer.sdp, fingerprint }));
  }

  /** Asks for the proof and admission again, and has the ledger know of the view before any picture is possible. Returns the proven fingerprint. */
  async #readmit(view: View, answer: Answer): Promise<string> {
    const readmit = () => this.#admitOrThrow(view.guardian.pass, view.subject.room, alreadyCounted);
    try {
      const fingerprint = await view.guardian.proveAnswer(answer);
      readmit();
      if (view.state === 'offered') {
        this.#enter(view, 'admitted');
        view.recorded = this.#options.record.admitted(view, view.sfu.id);
      }
      await view.recorded; // an answer that comes twice waits twice
      if (!this.#views.has(view.id)) throw new PeekabooError('VIEW_UNKNOWN'); // cut, or the browser left, meanwhile
      readmit();
      return fingerprint;
    } catch (error) {
      this.#close(view, 'not-admitted');
      throw error;
    }
  }

  /** Closes the guardian's own view. */
  leave(guardian: Guardian, id: string): void {
    this.#close(this.#own(guardian, id), 'left');
  }

  /** The guardian's browser is gone: all its views close. */
  closeAllOf(guardian: Guardian): void {
    for (const view of this.#views.values()) if (view.guardian === guardian) this.#close(view, 'guardian-gone');
  }

  /** Admits every open view again; those refused are closed, and their guardians told. Called whenever holds or hours change. */
  review(): void {
    for (const view of this.#views.values()) {
      const admission = this.#admit(view.guardian.pass, view.subject.room, alreadyCounted);
      // A camera that is not live closes nothing: the SFU knows best, and the view carries on when it recovers.
      if (admission.ok) this.#limit(view, admission.validUntil);
      if (admission.ok || admission.error.code === 'CAMERA_NOT_LIVE') continue;
      const reason = reviewReasons[admission.error.code] ?? 'not-admitted';
      if (reason === 'cut' || reason === 'revoked')
        this.#forget(view, reason); // the cut itself has ordered it of the SFU
      else this.#close(view, reason);
      view.guardian.tellClosed(view.id, reason);
    }
  }

  /** The SFU has closed a view of its own accord. */
  closedBySfu(sfu: SfuLink, id: string, reason: CloseReason): void {
    const view = this.#views.get(id);
    if (view?.sfu !== sfu) return;
    this.#forget(view, reason);
    view.guardian.tellClosed(id, reason);
  }

  connected(sfu: SfuLink, id: string): void {
    const view = this.#views.get(id);
    if (view?.sfu !== sfu || view.state === 'connected') return;
    this.#enter(view, 'connected');
    this.#options.record.opened(view);
    this.#options.log.info({ view: id, room: view.subject.room, guardian: view.subject.guardian }, 'picture connected');
  }

  /** The link to an SFU is lost: it makes its views dark by itself; here they are over. */
  closeAllOn(sfu: SfuLink): void {
    for (const view of this.#views.values()) if (view.sfu === sfu) this.closedBySfu(sfu, view.id, 'link-lost');
  }

  #own(guardian: Guardian, id: string): View {
    const view = this.#views.get(id);
    if (view?.guardian !== guardian) throw new PeekabooError('VIEW_UNKNOWN');
    return view;
  }

  /** @throws PeekabooError BUSY while the earlier one is still opening: one at a time. */
  #replaceEarlierViewOf(guardian: Guardian, room: string): void {
    for (const view of this.#views.values()) {
      if (view.guardian !== guardian || view.subject.room !== room) continue;
      if (view.state === 'opening') throw new PeekabooError('BUSY');
      this.#close(view, 'left');
    }
  }

  #close(view: View, reason: CloseReason): void {
    if (!this.#views.has(view.id)) return;
    this.#forget(view, reason);
    this.#orderClose(view, reason);
  }

  /** Tells the SFU and the guardian of a new end: a sooner one at once, a later one when the old one is near. */
  #limit(view: View, validUntil: number): void {
    const isNear = view.validUntil - this.#options.clock.now() < nearEndMs;
    if (validUntil === view.validUntil || (validUntil > view.validUntil && !isNear)) return;
    view.validUntil = validUntil;
    view.sfu.order('view.limit', { view: view.id, validForMs: validUntil - this.#options.clock.now() }).catch(() => undefined);
    view.guardian.tellLimit(view.id, validUntil);
  }

  /** Should this order be lost, so is the link, and with it the view. */
  #orderClose(view: View, reason: CloseReason): void {
    view.sfu.order('view.close', { view: view.id, reason }).catch(() => undefined);
  }

  #forget(view: View, reason: CloseReason): void {
    this.#views.delete(view.id);
    const { record, clock, log, onChange } = this.#options;
    const connected = view.state === 'connected';
    const seconds = connected ? Math.max(0, Math.round((clock.now() - view.since) / 1_000)) : 0;
    log.info({ view: view.id, room: view.subject.room, guardian: view.subject.guardian, reason, seconds }, 'view closed');
    if (view.state === 'admitted' || connected) record.closed(view, reason, connected, seconds);
    onChange();
  }

  #enter(view: View, state: View['state']): void {
    view.state = state;
    view.since = this.#options.clock.now();
  }

  /** Whoever was refused a view is in the ledger. */
  async #notingRefusal<T>({ pass }: Guardian, room: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.#options.record.refused(pass, room, error instanceof PeekabooError ? error.code : 'INTERNAL');
      throw error;
    }
  }

  async #order<T>(give: () => Promise<T>): Promise<T> {
    try {
      return await give();
    } catch (error) {
      throw error instanceof NoReplyError ? new PeekabooError('SFU_UNAVAILABLE') : error;
    }
  }

  #admitOrThrow(pass: Pass, room: string, openViews: number): { validUntil: number } {
    const admission = this.#admit(pass, room, openViews);
    if (!admission.ok) throw admission.error;
    return admission;
  }

  #admit(pass: Pass, room: string, openViews: number): Admission {
    const { rooms, holds, sfuLinks, viewsPerGuardian, clock } = this.#options;
    return admit({
      pass,
      revoked: holds.revoked(pass),
      room: rooms.get(room),
      holds: holds.inForce?.concerning({ nursery: pass.nursery, guardian: pass.sub, pass: pass.jti }),
      cameras: sfuLinks.cameraStatesIn(room),
      openViews,
      maxViews: viewsPerGuardian,
      now: clock.now(),
    });
  }

  #countOf(guardian: string): number {
    return [...this.#views.values()].filter(({ subject }) => subject.guardian === guardian).length;
  }
}
