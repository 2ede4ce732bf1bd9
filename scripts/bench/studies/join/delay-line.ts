/** Timers fire up to a millisecond late, which is much of a round trip: the last one is waited for awake. */
const awakeMs = 2;

/** Whatever enters leaves so many milliseconds later, in its order. */
export class DelayLine {
  readonly #delayMs: number;
  readonly #onTheWay: { due: number; arrive: () => void }[] = [];
  #waiting = false;

  constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  send(arrive: () => void): void {
    this.#onTheWay.push({ due: performance.now() + this.#delayMs, arrive });
    if (!this.#waiting) this.#wait();
  }

  #wait(): void {
    const [next] = this.#onTheWay;
    this.#waiting = next !== undefined;
    if (!next) return;
    const leftMs = next.due - performance.now();
    if (leftMs > awakeMs) setTimeout(() => this.#deliver(), leftMs - awakeMs);
    else setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    const now = performance.now();
    while ((this.#onTheWay[0]?.due ?? Number.POSITIVE_INFINITY) <= now) this.#onTheWay.shift()?.arrive();
    this.#wait();
  }
}
