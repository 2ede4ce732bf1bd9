import type { Clock } from '@peekaboo/shared/clock';

/**
 * The permission that keeps the views of one signal link open. It lapses by itself, on this machine's monotonic clock:
 * nobody has to be able to reach the SFU for its pictures to end.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #onLapse: () => void;
  #expiresAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, onLapse: () => void) {
    this.#clock = clock;
    this.#onLapse = onLapse;
  }

  get held(): boolean {
    return this.#clock.monotonic() < this.#expiresAt;
  }

  /**
   * Extends the lease to `forMs` after `askedAt`, the monotonic instant at which the SFU asked for it. Counted from the
   * question and not from the answer, a grant that was delayed on the way is worth less, and one delayed too long nothing.
   */
  extend(askedAt: number, forMs: number): void {
    this.#expiresAt = Math.max(this.#expiresAt, askedAt + forMs);
    if (this.#timer === undefined && this.held) this.#arm();
  }

  /** Ends the lease now, without calling `onLapse`. */
  drop(): void {
    this.#expiresAt = 0;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        if (this.held) this.#arm();
        else this.#onLapse();
      },
      Math.max(0, this.#expiresAt - this.#clock.monotonic()),
    );
  }
}
