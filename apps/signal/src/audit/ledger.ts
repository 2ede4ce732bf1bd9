import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';
import { type ChainState, chain } from './chain.ts';
import type { LedgerEvent } from './entry.ts';
import type { LedgerDisk } from './ledger-disk.ts';

/** So many entries may wait in memory; beyond, those that come by themselves, and say nothing of who may watch or did, are counted only. */
const maxWaiting = 10_000;
const mayBeLeft = /^(staff|sfu|camera)\.|\.refused$/;

type Waiter = { seq: number; settle: (written: boolean) => void; patient: boolean };

export type LedgerOptions = { disk: LedgerDisk; last: ChainState; clock: Clock; log: Logger; periods: Periods['ledger'] };

/**
 * What happened, in order, each entry chained to the one before, on disk within moments. It is told by being called. While it
 * cannot write it keeps what it is told, and says so: nobody is admitted then, and after a grace no lease is granted.
 */
export class Ledger {
  readonly #disk: LedgerDisk;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #periods: Periods['ledger'];
  readonly #headTimer: NodeJS.Timeout;
  /** The chain with all it was told, and the part of it that is on disk. */
  #told: ChainState;
  #written: ChainState;
  #signedSeq = -1;
  #lines: string[] = [];
  #waiters: Waiter[] = [];
  #openViews = new Set<string>();
  #left = 0;
  /** A head is to be signed that covers at least this entry. */
  #headWanted: number | undefined;
  #failure: { cause: string; since: number } | undefined;
  /** Since when the oldest entry that is not on disk has been waiting, by the monotonic clock. */
  #waitingSince: number | undefined;
  #flushing = false;
  #flushTimer: NodeJS.Timeout | undefined;

  constructor({ disk, last, clock, log, periods }: LedgerOptions) {
    this.#disk = disk;
    this.#told = last;
    this.#written = last;
    this.#clock = clock;
    this.#log = log;
    this.#periods = periods;
    this.#headTimer = setInterval(() => {
      if (this.#openViews.size > 0 || this.#told.seq !== this.#signedSeq) this.signHead();
    }, this.#periods.headEveryMs).unref();
  }

  get writable(): boolean {
    return this.#failure === undefined && this.#waitedMs <= this.#periods.slowMs;
  }

  /** For how long it could not be written, in milliseconds; undefined while it can. */
  get unwritableMs(): number | undefined {
    return this.writable ? undefined : this.#notWrittenMs;
  }

  /** Whether it has been unwritable for so long that open views must end, too. */
  get graceIsOver(): boolean {
    return (this.unwritableMs ?? 0) > this.#periods.graceMs;
  }

  /** How many entries the chain has, with those that wait to be written. */
  get length(): number {
    return this.#told.seq;
  }

  /** Records what happened; on disk within about `batchMs`. */
  record(event: LedgerEvent): void {
    this.#append(event);
    this.#flushIn(this.#periods.batchMs);
  }

  /** Records what happened; resolves once it is on disk, however long that takes. */
  async recordDurably(event: LedgerEvent): Promise<void> {
    await this.#awaitWritten(event, true);
  }

  /** Records what may happen only once this is on disk. @throws PeekabooError STORE_UNAVAILABLE when it cannot be written now. */
  async recordOrRefuse(event: LedgerEvent): Promise<void> {
    if (!this.writable || !(await this.#awaitWritten(event, false))) throw new PeekabooError('STORE_UNAVAILABLE');
  }

  /** Signs how far the chain goes, as soon as all of it is on disk. */
  signHead(): void {
    this.#headWanted = this.#told.seq;
    this.#flushIn(0);
  }

  /** Writes what waits, signs the head, and ends. What cannot be written within a second is lost, and logged. */
  async close(): Promise<void> {
    clearInterval(this.#headTimer);
    const written = await this.#awaitWritten({ kind: 'stopped', detail: {} }, false);
    this.signHead();
    const signed = written && (await this.#untilIdle());
    clearTimeout(this.#flushTimer);
    if (!signed) this.#log.error({ entries: this.#told.seq - this.#written.seq }, 'the last entries of the ledger could not be written');
    await this.#disk.close();
  }

  get #waitedMs(): number {
    return this.#waitingSince === undefined ? 0 : this.#clock.monotonic() - this.#waitingSince;
  }

  get #notWrittenMs(): number {
    return Math.max(this.#waitedMs, this.#failure ? this.#clock.monotonic() - this.#failure.since : 0);
  }

  #append({ actor = null, subject = null, room = null, view = null, ...event }: LedgerEvent): void {
    if (this.#lines.length >= maxWaiting && mayBeLeft.test(event.kind)) {
      this.#left += 1;
      return;
    }
    if (view && event.kind === 'view.admitted') this.#openViews.add(view);
    if (view && event.kind === 'view.closed') this.#openViews.delete(view);
    const content = { seq: this.#told.seq + 1, at: this.#clock.now(), actor, subject, room, view, ...event, prev: this.#told.hash };
    const { line, last } = chain(content);
    this.#told = last;
    this.#lines.push(line);
    this.#waitingSince ??= this.#clock.monotonic();
  }

  #awaitWritten(event: LedgerEvent, patient: boolean): Promise<boolean> {
    this.#append(event);
    const { promise, resolve: settle } = Promise.withResolvers<boolean>();
    this.#waiters.push({ seq: this.#told.seq, settle, patient });
    if (!patient) setTimeout(() => settle(false), this.#periods.slowMs).unref();
    this.#flushIn(0);
    return promise;
  }

  #flushIn(ms: number): void {
    if (this.#failure) return; // it is tried again at its own pace
    if (ms === 0) void this.#flush();
    else this.#flushTimer ??= setTimeout(() => void this.#flush(), ms);
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined; // also one that struck while a write went on, or no other would ever be set
    if (this.#flushing) return; // looks again when it is done
    this.#flushing = true;
    const slow = setTimeout(() => this.#fail(new Error('the disk does not answer')), this.#periods.slowMs);
    try {
      await this.#write();
      clearTimeout(slow);
      this.#resume();
    } catch (error) {
      clearTimeout(slow);
      this.#fail(error as Error);
    }
    this.#flushing = false;
    if (this.#failure) this.#flushTimer = setTimeout(() => void this.#flush(), this.#periods.retryMs);
    else if (this.#lines.length > 0 || this.#headWanted !== undefined) this.#flushIn(this.#waiters.length > 0 ? 0 : this.#periods.batchMs);
  }

  async #write(): Promise<void> {
    const [lines, upTo, startedAt] = [this.#lines.length, this.#told, this.#clock.monotonic()];
    if (lines > 0) {
      await this.#disk.append(this.#lines.slice(0, lines).join(''));
      this.#lines.splice(0, lines);
      this.#written = upTo;
      this.#waitingSince = this.#lines.length > 0 ? startedAt : undefined; // what came since came after this
      for (const waiter of this.#waiters.filter(({ seq }) => seq <= upTo.seq)) waiter.settle(true);
      this.#waiters = this.#waiters.filter(({ seq }) => seq > upTo.seq);
    }
    if (this.#headWanted !== undefined && this.#headWanted <= this.#written.seq) {
      await this.#disk.sign(this.#written, this.#clock.now());
      this.#signedSeq = this.#written.seq;
      if (this.#headWanted <= this.#signedSeq) this.#headWanted = undefined;
    }
  }

  #fail(error: Error): void {
    const cause = (error as NodeJS.ErrnoException).code ?? error.message;
    if (!this.#failure) this.#log.error({ err: error }, 'the ledger cannot be written: nobody is admitted; open views end after the grace');
    this.#failure ??= { cause, since: this.#waitingSince ?? this.#clock.monotonic() };
    for (const waiter of this.#waiters.filter(({ patient }) => !patient)) waiter.settle(false);
    this.#waiters = this.#waiters.filter(({ patient }) => patient);
  }

  /** It can be written again: the ledger itself says for how long it could not. */
  #resume(): void {
    if (!this.#failure) return;
    const { cause } = this.#failure;
    const unwritableMs = Math.round(this.#clock.monotonic() - this.#failure.since);
    this.#failure = undefined;
    this.#log.warn({ unwritableMs, cause, left: this.#left }, 'the ledger can be written again');
    this.record({ kind: 'resumed', detail: { unwritableMs, cause, left: this.#left } });
    this.#left = 0;
    this.signHead();
  }

  async #untilIdle(): Promise<boolean> {
    const deadline = this.#clock.monotonic() + this.#periods.slowMs;
    while (this.#flushing || this.#lines.length > 0 || this.#headWanted !== undefined) {
      if (this.#failure || this.#clock.monotonic() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return true;
  }
}
