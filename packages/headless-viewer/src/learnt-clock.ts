/** The clock by which a device dates its proofs: its own, until signal has said that it is wrong. */
export class LearntClock {
  #aheadMs = 0;

  /** Milliseconds since the Unix epoch, as signal counts them so far as is known. */
  now(): number {
    return Date.now() + this.#aheadMs;
  }

  learn(now: number): void {
    this.#aheadMs = now - Date.now();
  }
}
