import { PeekabooError } from '@peekaboo/shared/errors';
import { clockSkewMs, type Proven } from './proof.ts';

/** Remembers proofs until they are stale. One for several signals may take its place: a proof is then good on one of them. */
export interface ProofMemory {
  /** `now` by a monotonic clock. @throws PeekabooError PROOF_REPLAYED, BUSY when more proofs came than can be remembered. */
  use(proof: Proven, now: number): void | Promise<void>;
}

/** A proof is made at most one skew ahead of signal's clock, and good for one skew after it was made. */
const rememberedMs = 2 * clockSkewMs + 1_000;
const most = { ofOneKey: 1_000, all: 100_000 };

/**
 * The proofs that this process has seen, each for two minutes. Its size is bounded, for one key and for all together; beyond
 * that proofs are refused, never forgotten early.
 */
export class UsedProofs implements ProofMemory {
  /** Oldest first. */
  readonly #seen = new Map<string, { jkt: string; at: number }>();
  readonly #countOf = new Map<string, number>();
  readonly #most: typeof most;

  constructor(bounds = most) {
    this.#most = bounds;
  }

  use({ jkt, jti }: Proven, now: number): void {
    this.#forgetStale(now);
    const id = `${jkt}.${jti}`;
    if (this.#seen.has(id)) throw new PeekabooError('PROOF_REPLAYED');
    const count = this.#countOf.get(jkt) ?? 0;
    if (this.#seen.size >= this.#most.all || count >= this.#most.ofOneKey) throw new PeekabooError('BUSY');
    this.#seen.set(id, { jkt, at: now });
    this.#countOf.set(jkt, count + 1);
  }

  get size(): number {
    return this.#seen.size;
  }

  #forgetStale(now: number): void {
    for (const [id, { jkt, at }] of this.#seen) {
      if (now - at <= rememberedMs) break;
      this.#seen.delete(id);
      const left = (this.#countOf.get(jkt) ?? 1) - 1;
      if (left > 0) this.#countOf.set(jkt, left);
      else this.#countOf.delete(jkt);
    }
  }
}
