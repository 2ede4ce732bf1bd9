import type { ViewSubject } from '@peekaboo/shared/hold';
import type { Pass } from '@peekaboo/shared/pass';
import type { CloseReason } from '@peekaboo/shared/wire';
import type { Rooms } from '../rooms.ts';
import type { Ledger } from './ledger.ts';
import type { Refusals } from './refusals.ts';

type Recorded = { id: string; subject: ViewSubject };

/** Puts what becomes of a view into the ledger's words. */
export class ViewRecord {
  readonly #ledger: Ledger;
  readonly #refusals: Refusals;
  readonly #rooms: Rooms;

  constructor(ledger: Ledger, refusals: Refusals, rooms: Rooms) {
    this.#ledger = ledger;
    this.#refusals = refusals;
    this.#rooms = rooms;
  }

  /** Whether a view could be recorded at this moment; without a record there is none. */
  get possible(): boolean {
    return this.#ledger.writable;
  }

  /** Resolves when it is on disk that this view may be seen from now on. @throws PeekabooError STORE_UNAVAILABLE. */
  async admitted(view: Recorded, sfu: string): Promise<void> {
    await this.#ledger.recordOrRefuse({ kind: 'view.admitted', ...who(view), detail: { sfu } });
  }

  opened(view: Recorded): void {
    this.#ledger.record({ kind: 'view.opened', ...who(view), detail: {} });
  }

  /** @param seconds for which it was connected; 0 when it never was, so far as is known. */
  closed(view: Recorded, reason: CloseReason, connected: boolean, seconds: number): void {
    this.#ledger.record({ kind: 'view.closed', ...who(view), detail: { reason, connected, seconds } });
  }

  /** Does this work; should it be refused, so that the ledger knows. A room that does not exist is not named: anybody may ask for anything. */
  notingRefusal<T>({ sub, jti }: Pass, room: string | undefined, work: () => Promise<T>): Promise<T> {
    const named = room !== undefined && this.#rooms.has(room) ? room : null;
    return this.#refusals.noting({ kind: 'view.refused', guardian: sub, pass: jti, room: named }, work);
  }
}

function who({ id, subject: { guardian, pass, room } }: Recorded) {
  return { actor: guardian, subject: pass, room, view: id };
}
