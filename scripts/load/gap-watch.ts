/** A stream that is silent for longer has a gap: a picture that visibly stops. */
export const gapMs = 200;

const tickEveryMs = 10;
/** A tick that is later than this was held up. */
const heldUpMs = 20;
const rememberedMs = 120_000;

/** Gaps in streams so far. Those that this process may have slept through itself are `unclear`, and in no other figure. Without a stream there are no such figures. */
export type Gaps = { over200Ms: number; maxMs: number; unclear: number };

/**
 * Finds long silences in streams. Packets are noted when this process comes to read them, so from each silence the time is taken off
 * for which it did not get to run.
 */
export class GapWatch {
  over200Ms = 0;
  /** Undefined until a stream has had a second packet, or was silent. */
  maxMs: number | undefined;
  unclear = 0;
  /** Since this was set back to 0. */
  worstMs = 0;
  readonly #stalls: { from: number; to: number }[] = [];
  #tickAt: number;

  /** @param now by performance.now(), as everywhere here. */
  constructor(now: number) {
    this.#tickAt = now;
  }

  /** Looks at the clock until the process ends. */
  start(): void {
    setInterval(() => this.tick(performance.now()), tickEveryMs).unref();
  }

  tick(now: number): void {
    if (now - this.#tickAt > tickEveryMs + heldUpMs) this.#stalls.push({ from: this.#tickAt, to: now });
    this.#tickAt = now;
    while (now - (this.#stalls[0]?.to ?? now) > rememberedMs) this.#stalls.shift();
  }

  /** A stream was silent from then till then. */
  note(from: number, to: number): void {
    if (to - from <= Math.min(gapMs, this.worstMs)) return; // as almost all are
    const silentMs = Math.max(0, to - from - this.#stalledMs(from, to));
    this.worstMs = Math.max(this.worstMs, silentMs);
    this.maxMs = Math.max(this.maxMs ?? 0, silentMs);
    if (silentMs > gapMs) this.over200Ms += 1;
    else if (to - from > gapMs) this.unclear += 1;
  }

  /** Undefined without a stream. */
  get sum(): Gaps | undefined {
    const { over200Ms, maxMs, unclear } = this;
    return maxMs === undefined ? undefined : { over200Ms, maxMs, unclear };
  }

  #stalledMs(from: number, to: number): number {
    const now = { from: this.#tickAt, to: Math.max(to, this.#tickAt) };
    const ongoing = now.to - now.from > tickEveryMs + heldUpMs ? [now] : [];
    return [...this.#stalls, ...ongoing].reduce((sum, stall) => sum + Math.max(0, Math.min(to, stall.to) - Math.max(from, stall.from)), 0);
  }
}

/** Those of several processes together; undefined when none of them had a stream. */
export function sumOf(all: readonly (Gaps | undefined)[]): Gaps | undefined {
  const some = all.filter((gaps) => gaps !== undefined);
  if (some.length === 0) return undefined;
  return {
    over200Ms: some.reduce((sum, { over200Ms }) => sum + over200Ms, 0),
    maxMs: Math.max(...some.map(({ maxMs }) => maxMs)),
    unclear: some.reduce((sum, { unclear }) => sum + unclear, 0),
  };
}
