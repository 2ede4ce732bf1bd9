import { setTimeout as delay } from 'node:timers/promises';
import type { LimitsConfig } from '@peekaboo/shared/limits';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { addressGroup, type IsAmong, networks, truncated } from './addresses.ts';

/** What was limited, as metrics and logs name it. */
export const limitKinds = ['connections', 'address-connections', 'strangers', 'refusals', 'requests', 'guardian', 'asks'] as const;
export type LimitKind = (typeof limitKinds)[number];

/**
 * Counts what clients ask, and says when it is too much. Everything here is in this process' memory and forgets by itself.
 * Nothing of it concerns what is connected already: staff who are signed in can cut whatever comes to the gate.
 */
export class Limits {
  readonly config: LimitsConfig;
  readonly #isExempt: IsAmong;
  readonly #onLimited: (kind: LimitKind, from: string) => void;
  readonly #connects: RateLimiterMemory;
  readonly #requests: RateLimiterMemory;
  readonly #refusals: RateLimiterMemory;
  readonly #signIns: RateLimiterMemory;
  readonly #asks: RateLimiterMemory;
  /** Oldest first. */
  readonly #strangers = new Map<string, Set<{ end: () => void }>>();
  readonly #connections = new Map<string, number>();

  readonly #slowedMs: number;

  /**
   * @param onLimited is told each time; `from` is a truncated address or a guardian's opaque id.
   * @param slowedMs how long one waits whose address had too many refused.
   */
  constructor(config: LimitsConfig, onLimited: (kind: LimitKind, from: string) => void, slowedMs = 1_000) {
    this.#slowedMs = slowedMs;
    this.config = config;
    this.#isExempt = networks(config.exempt);
    this.#onLimited = onLimited;
    this.#connects = new RateLimiterMemory({ points: config.connectionsOfAddressPer10Seconds, duration: 10 });
    this.#requests = new RateLimiterMemory({ points: config.requestsOfAddressPer10Seconds, duration: 10 });
    this.#refusals = new RateLimiterMemory({ points: config.refusalsOfAddressPerMinute, duration: 60 });
    this.#signIns = new RateLimiterMemory({ points: config.signInsOfGuardianPerMinute, duration: 60 });
    this.#asks = new RateLimiterMemory({ points: config.asksOfGuardianPer10Seconds, duration: 10 });
  }

  /** Whether one more connection may be made, when so many are open. */
  async mayConnect(address: string, open: number): Promise<boolean> {
    if (this.#isExempt(address)) return true;
    if (open > this.config.connections) return this.#limited('connections', truncated(address));
    return (await spend(this.#connects, addressGroup(address))) || this.#limited('address-connections', truncated(address));
  }

  async mayRequest(address: string): Promise<boolean> {
    if (this.#isExempt(address)) return true;
    return (await spend(this.#requests, addressGroup(address))) || this.#limited('requests', truncated(address));
  }

  /**
   * One more connection of this address has presented no pass so far. Beyond the bound the one that has been silent longest is ended:
   * a page presents its pass at once, so it is not whoever keeps places taken that gets in.
   * @param end ends this connection. @returns how to say that it is no stranger any more, or is gone.
   */
  receive(address: string, end: () => void): () => void {
    if (this.#isExempt(address)) return () => undefined;
    const group = addressGroup(address);
    const silent = this.#strangers.get(group) ?? new Set();
    this.#strangers.set(group, silent);
    const [longest] = silent;
    if (longest && silent.size >= this.config.strangersOfAddress) {
      silent.delete(longest);
      longest.end();
      this.#limited('strangers', truncated(address));
    }
    const stranger = { end };
    silent.add(stranger);
    return () => {
      silent.delete(stranger);
      if (silent.size === 0 && this.#strangers.get(group) === silent) this.#strangers.delete(group);
    };
  }

  /**
   * Resolves when a pass or an invite of this address may be looked at: at once, or a moment later after many were refused. It is looked
   * at all the same: behind one address are a stranger who sends rubbish, and the staff who have to cut.
   */
  async turnOf(address: string): Promise<void> {
    if (this.#isExempt(address)) return;
    const refused = await this.#refusals.get(addressGroup(address));
    if ((refused?.consumedPoints ?? 0) < this.config.refusalsOfAddressPerMinute) return;
    this.#limited('refusals', truncated(address));
    await delay(this.#slowedMs);
  }

  /** A pass or an invite from this address was refused. */
  refused(address: string): void {
    if (!this.#isExempt(address)) void spend(this.#refusals, addressGroup(address));
  }

  /** Whether the holder of a pass may have one more connection; returns how to give it back. */
  async maySignIn(holder: string): Promise<(() => void) | undefined> {
    const mayNow = await spend(this.#signIns, holder);
    const leave = mayNow ? takePlace(this.#connections, holder, this.config.connectionsOfGuardian) : undefined;
    if (!leave) this.#limited('guardian', holder);
    return leave;
  }

  async mayAsk(guardian: string): Promise<boolean> {
    return (await spend(this.#asks, guardian)) || this.#limited('asks', guardian);
  }

  #limited(kind: LimitKind, from: string): false {
    this.#onLimited(kind, from);
    return false;
  }
}

function spend(limiter: RateLimiterMemory, key: string): Promise<boolean> {
  return limiter.consume(key).then(
    () => true,
    () => false,
  );
}

/** Takes one of `most` places under this key. Returns how to leave it, once; undefined when all are taken. */
function takePlace(places: Map<string, number>, key: string, most: number): (() => void) | undefined {
  const taken = places.get(key) ?? 0;
  if (taken >= most) return undefined;
  places.set(key, taken + 1);
  let left = false;
  return () => {
    if (left) return;
    left = true;
    const rest = (places.get(key) ?? 1) - 1;
    if (rest > 0) places.set(key, rest);
    else places.delete(key);
  };
}
