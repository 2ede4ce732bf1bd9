import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Role } from '@peekaboo/shared/pass';
import { clockSkewMs, type Proven } from './proof.ts';

/** Remembers proofs until they are stale. One for several signals may take its place: a proof is then good on one of them. */
export interface ProofMemory {
  /**
   * @param by whose proof it is. Strangers' are not remembered: nothing is given for them.
   * @throws PeekabooError PROOF_REPLAYED, PROOF_STALE when it was made before the memory begins, BUSY when more proofs came than can be remembered.
   */
  use(proof: Proven, by: Role): void | Promise<void>;
}

/** A proof is made at most one skew ahead of signal's clock, and good for one skew after it was made. */
const rememberedMs = 2 * clockSkewMs + 1_000;
/** Each kind has a share of its own: guardians who join forces may keep their like waiting, and nobody who cuts. */
const most = { ofOneKey: 1_000, ofGuardians: 70_000, ofStaffAndSfus: 10_000 };
const shareOf = { guardian: 'ofGuardians', staff: 'ofStaffAndSfus', sfu: 'ofStaffAndSfus' } as const;
type Share = (typeof shareOf)[keyof typeof shareOf];

export type UsedProofsOptions = {
  clock: Clock;
  /** Since when no proof can have been used without being seen here, by the monotonic clock: the start of this process. */
  since: number;
  bounds?: typeof most;
};

/**
 * The proofs that this process has seen, each for two minutes. Its size is bounded, for one key and for each share; beyond
 * that proofs are refused, never forgotten early.
 */
export class UsedProofs implements ProofMemory {
  readonly #clock: Clock;
  readonly #since: number;
  readonly #most: typeof most;
  /** Oldest first. */
  readonly #seen = new Map<string, { jkt: string; share: Share; at: number }>();
  /** By key, and by share. */
  readonly #countOf = new Map<string, number>();

  constructor({ clock, since, bounds = most }: UsedProofsOptions) {
    this.#clock = clock;
    this.#since = since;
    this.#most = bounds;
  }

  use({ jkt, jti, madeAt }: Proven, by: Role): void {
    const [now, at] = [this.#clock.now(), this.#clock.monotonic()];
    this.#forgetStale(at);
    const id = `${jkt}.${jti}`;
    if (this.#seen.has(id)) throw new PeekabooError('PROOF_REPLAYED');
    // Older than this process: the one before may have seen it. By its age, since a wall clock can be set.
    if (now - madeAt > at - this.#since) throw new PeekabooError('PROOF_STALE', { now });
    const share = shareOf[by];
    if (this.#count(jkt) >= this.#most.ofOneKey || this.#count(share) >= this.#most[share]) throw new PeekabooError('BUSY');
    this.#seen.set(id, { jkt, share, at });
    for (const key of [jkt, share]) this.#countOf.set(key, this.#count(key) + 1);
  }

  /**
   * Resolves once whoever signs a proof now signs a good one: a proof tells the second in which it was made (RFC 7519 section 2,
   * NumericDate), so those of the second of the start cannot be told from older ones.
   */
  async untilNewOnesCanBeTold(): Promise<void> {
    const now = this.#clock.now();
    const startedAt = now - (this.#clock.monotonic() - this.#since);
    await delay(Math.max(0, Math.ceil(startedAt / 1_000) * 1_000 - now));
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
