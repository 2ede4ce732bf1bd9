import type { Clock } from '@peekaboo/shared/clock';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import type { Ledger } from './ledger.ts';

/** Somebody who is known was refused: a view, or entry altogether, perhaps before they had a pass. */
export type Refusal = {
  kind: 'view.refused' | 'pass.refused';
  guardian: string;
  pass: string | null;
  room: string | null;
  code: ErrorCode;
};

const gatherMs = 60_000;

/**
 * Tells the ledger of refusals: the first of a kind at once, those like it within a minute as one entry with their number.
 * Otherwise a page that asks again and again would fill the disk.
 */
export class Refusals {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #gathering = new Map<string, { refusal: Refusal; since: number; times: number }>();

  constructor(ledger: Ledger, clock: Clock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  note(refusal: Refusal): void {
    this.#tellOld(this.#clock.monotonic() - gatherMs);
    const key = JSON.stringify([refusal.kind, refusal.guardian, refusal.pass, refusal.room, refusal.code]);
    const gathered = this.#gathering.get(key);
    if (gathered) {
      gathered.times += 1;
      return;
    }
    this.#gathering.set(key, { refusal, since: this.#clock.monotonic(), times: 0 });
    this.#tell(refusal, 1);
    setTimeout(() => this.#tellOld(this.#clock.monotonic() - gatherMs), gatherMs + 1).unref();
  }

  /** Does this work; should it be refused, so that the ledger knows who it was for. */
  async noting<T>(whose: Omit<Refusal, 'code'>, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.note({ ...whose, code: error instanceof PeekabooError ? error.code : 'INTERNAL' });
      throw error;
    }
  }

  /** Tells what has been counted so far. */
  close(): void {
    this.#tellOld(Number.POSITIVE_INFINITY);
  }

  #tellOld(before: number): void {
    for (const [key, { refusal, since, times }] of this.#gathering) {
      if (since > before) break; // oldest first
      this.#gathering.delete(key);
      if (times > 0) this.#tell(refusal, times);
    }
  }

  #tell({ kind, guardian, pass, room, code }: Refusal, times: number): void {
    this.#ledger.record({ kind, actor: guardian, subject: pass, room, detail: { code, times } });
  }
}
