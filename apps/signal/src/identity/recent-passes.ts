import type { Clock } from '@peekaboo/shared/clock';

type Recent = { terms: string; pass: Promise<string>; madeAt: number; endsAt: number };

/**
 * The passes of the last moments. A device that asks again so soon is handed the same one: asking without pause makes neither
 * signatures nor entries of the ledger.
 */
export class RecentPasses {
  readonly #clock: Clock;
  readonly #forMs: number;
  /** By device, oldest first. */
  readonly #recent = new Map<string, Recent>();

  /** @param forMs how long a pass is handed out again, in milliseconds. */
  constructor(clock: Clock, forMs: number) {
    this.#clock = clock;
    this.#forMs = forMs;
  }

  /**
   * The pass that this device got a moment ago on the same terms, or what `make` makes, which ends at `endsAt` (milliseconds since
   * the Unix epoch). `validForMs` counts from now. What was not made is not kept.
   */
  async getOrMake(
    device: string,
    terms: string,
    endsAt: number,
    make: () => Promise<string>,
  ): Promise<{ pass: string; validForMs: number }> {
    const now = this.#clock.now();
    this.#forgetOld(now);
    let recent = this.#recent.get(device);
    if (recent?.terms !== terms) {
      this.#recent.delete(device);
      recent = { terms, pass: make(), madeAt: now, endsAt };
      this.#recent.set(device, recent);
      recent.pass.catch(() => this.#recent.get(device)?.pass === recent?.pass && this.#recent.delete(device));
    }
    return { pass: await recent.pass, validForMs: recent.endsAt - now };
  }

  /** A wall clock that was set makes all of them old: their ends are by it. */
  #forgetOld(now: number): void {
    for (const [device, { madeAt }] of this.#recent) {
      if (now >= madeAt && now - madeAt < this.#forMs) break;
      this.#recent.delete(device);
    }
  }
}
