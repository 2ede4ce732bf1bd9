import { PeekabooError } from '@peekaboo/shared/errors';
import type { Role } from '@peekaboo/shared/pass';
import { clockSkewMs, type Proven } from './proof.ts';

/** Remembers proofs until they are stale. One for several signals may take its place: a proof is then good on one of them. */
export interface ProofMemory {
  /** @param by whose proof it is, as far as that is known already. `now` by a monotonic clock. @throws PeekabooError PROOF_REPLAYED, BUSY when more proofs came than can be remembered. */
  use(proof: Proven, by: Role | 'stranger', now: number): void | Promise<void>;
}

/** A proof is made at most one skew ahead of signal's clock, and good for one skew after it was made. */
const rememberedMs = 2 * clockSkewMs + 1_000;
/** Each kind has a share of its own: guardians who join forces, and strangers, may keep their like waiting, and nobody who cuts. */
const most = { ofOneKey: 1_000, ofGuardians: 70_000, ofStrangers: 20_000, ofStaffAndSfus: 10_000 };
const shareOf = { guardian: 'ofGuardians', stranger: 'ofStrangers', staff: 'ofStaffAndSfus', sfu: 'ofStaffAndSfus' } as const;
type Share = (typeof shareOf)[keyof typeof shareOf];

/**
 * The proofs that this process has seen, each for two minutes. Its size is bounded, for one key and for each share; beyond
 * that proofs are refused, never forgotten early.
 */
export class UsedProofs implements ProofMemory {
  /** Oldest first. */
  readonly #seen = new Map<string, { jkt: string; share: Share; at: number }>();
  /** By key, and by share. */
  readonly #countOf = new Map<string, number>();
  readonly #most: typeof most;

  constructor(bounds = most) {
    this.#most = bounds;
  }

  use({ jkt, jti }: Proven, by: keyof typeof shareOf, now: number): void {
    this.#forgetStale(now);
    const id = `${jkt}.${jti}`;
    if (this.#seen.has(id)) throw new PeekabooError('PROOF_REPLAYED');
    const share = shareOf[by];
    if (this.#count(jkt) >= this.#most.ofOneKey || this.#count(share) >= this.#most[share]) throw new PeekabooError('BUSY');
    this.#seen.set(id, { jkt, share, at: now });
    for (const key of [jkt, share]) this.#countOf.set(key, this.#count(key) + 1);
  }

  get size(): number {
    return this.#seen.size;
  }

  #forgetStale(now: number): void {
    for (const [id, { jkt, share, at }] of this.#seen) {
      if (now - at <= rememberedMs) break;
      this.#seen.delete(id);
      for (const key of [jkt, share]) {
        const left = this.#count(key) - 1;
        if (left > 0) this.#countOf.set(key, left);
        else this.#countOf.delete(key);
      }
    }
  }

  #count(key: string): number {
    return this.#countOf.get(key) ?? 0;
  }
}
