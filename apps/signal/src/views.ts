import type { Clock } from '@peekaboo/shared/clock';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { CloseReason } from '@peekaboo/shared/wire';
import { alreadyCounted, type Permission } from './admission/permission.ts';
import type { ViewRecord } from './audit/view-record.ts';
import { Closings } from './closings.ts';
import type { SfuLink } from './sfu-link.ts';
import type { Guardian, View } from './view.ts';

export type ViewsOptions = {
  permission: Permission;
  record: ViewRecord;
  clock: Clock;
  log: Logger;
  onChange: () => void;
};

/** A later end is told once the one before it is this near: a room that never closes has an end that moves with the clock. */
const nearEndMs = 86_400_000;

/** What a view is said to have closed for when admission, asked again, refuses it with this code. */
const reviewReasons: Partial<Record<ErrorCode, CloseReason>> = {
  HELD: 'cut',
  PASS_REVOKED: 'revoked',
  OUTSIDE_HOURS: 'expired',
  PASS_EXPIRED: 'expired',
};

/** The open views, each admitted when it opened (`joining.ts`), and again whenever something changes. */
export class Views {
  readonly #options: ViewsOptions;
  readonly #views = new Map<string, View>();
  readonly #closings = new Closings();

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

  /** How many views are open with each pass that has any. */
  countByPass(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { subject } of this.#views.values()) counts.set(subject.pass, (counts.get(subject.pass) ?? 0) + 1);
    return counts;
  }

  /** How many views this guardian has, on all devices. */
  countOf(guardian: string): number {
    return [...this.#views.values()].filter(({ subject }) => subject.guardian === guardian).length;
  }

  has(view: View): boolean {
    return this.#views.has(view.id);
  }

  /** Takes in a view that is being opened. */
  add(view: View): void {
    this.#views.set(view.id, view);
  }

  /** The SFU has sent the offer. */
  offered(view: View): void {
    view.state = 'offered';
    this.#options.onChange();
  }

  enter(view: View, state: View['state']): void {
    view.state = state;
    view.since = this.#options.clock.now();
  }

  /** The opening failed. The close is ordered also when the view was forgotten already: the SFU may have opened it since. */
  abandon(view: View): void {
    if (this.has(view)) this.#forget(view, 'not-admitted');
    this.#orderClose(view, 'not-admitted');
  }

  /** Undefined when there is no such view. */
  roomOf(id: string): string | undefined {
    return this.#views.get(id)?.subject.room;
  }

  /** @throws PeekabooError VIEW_UNKNOWN when there is no such view or it is not this guardian's. */
  own(guardian: Guardian, id: string): View {
    const view = this.#views.get(id);
    if (view?.guardian !== guardian) throw new PeekabooError('VIEW_UNKNOWN');
    return view;
  }

  /** Closes the view that this browser has of the room. @throws PeekabooError BUSY while that is still opening: one at a time. */
  replaceEarlierOf(guardian: Guardian, room: string): void {
    for (const view of this.#views.values()) {
      if (view.guardian !== guardian || view.subject.room !== room) continue;
      if (view.state === 'opening') throw new PeekabooError('BUSY');
      this.close(view, 'left');
    }
  }

  close(view: View, reason: CloseReason): void {
    if (!this.has(view)) return;
    this.#forget(view, reason);
    this.#orderClose(view, reason);
  }

  /** Closes the guardian's own view. */
  leave(guardian: Guardian, id: string): void {
    this.close(this.own(guardian, id), 'left');
  }

  /** The guardian's browser is gone: all its views close. */
  closeAllOf(guardian: Guardian): void {
    for (const view of this.#views.values()) if (view.guardian === guardian) this.close(view, 'guardian-gone');
  }

  /** Admits every open view again, or those of one guardian; those refused are closed, and their guardians told. Called whenever holds or hours change. */
  review(only?: Guardian): void {
    const { permission } = this.#options;
    for (const view of this.#views.values()) {
      if (only && view.guardian !== only) continue;
      const admission = permission.of(view.guardian, view.subject.room, alreadyCounted);
      // A camera that is not live closes nothing: the SFU knows best, and the view carries on when it recovers.
      if (admission.ok) this.#limit(view, admission.validUntil);
      if (admission.ok || admission.error.code === 'CAMERA_NOT_LIVE') continue;
      const reason = reviewReasons[admission.error.code] ?? 'not-admitted';
      if (reason === 'cut' || reason === 'revoked')
        this.#forget(view, reason); // the cut itself has ordered it of the SFU
      else this.close(view, reason);
      this.#closings.add(view, reason);
    }
  }

  /** The SFU has closed a view of its own accord. */
  closedBySfu(sfu: SfuLink, id: string, reason: CloseReason): void {
    const view = this.#views.get(id);
    if (view?.sfu !== sfu) return;
    this.#closings.add(view, this.#forget(view, reason));
  }

  connected(sfu: SfuLink, id: string): void {
    const view = this.#views.get(id);
    if (view?.sfu !== sfu || view.state === 'connected') return;
    this.enter(view, 'connected');
    this.#options.record.opened(view);
    this.#options.log.info({ view: id, room: view.subject.room, guardian: view.subject.guardian }, 'picture connected');
  }

  /** The link to an SFU is lost: it makes its views dark by itself; here they are over. */
  closeAllOn(sfu: SfuLink): void {
    for (const view of this.#views.values()) if (view.sfu === sfu) this.closedBySfu(sfu, view.id, 'link-lost');
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

  /** What a hold in force has closed this view for, whatever else comes to it before it is reviewed: a browser may leave at the same moment. */
  #held({ guardian, subject }: View): CloseReason | undefined {
    const admission = this.#options.permission.of(guardian, subject.room, alreadyCounted);
    const reason = admission.ok ? undefined : reviewReasons[admission.error.code];
    return reason === 'cut' || reason === 'revoked' ? reason : undefined;
  }

  /** Returns the reason that the ledger has. */
  #forget(view: View, asked: CloseReason): CloseReason {
    this.#views.delete(view.id);
    const { record, clock, log, onChange } = this.#options;
    const reason = asked === 'cut' || asked === 'revoked' ? asked : (this.#held(view) ?? asked);
    const connected = view.state === 'connected';
    const seconds = connected ? Math.max(0, Math.round((clock.now() - view.since) / 1_000)) : 0;
    log.info({ view: view.id, room: view.subject.room, guardian: view.subject.guardian, reason, seconds }, 'view closed');
    if (view.state === 'admitted' || connected) record.closed(view, reason, connected, seconds);
    onChange();
    return reason;
  }
}
