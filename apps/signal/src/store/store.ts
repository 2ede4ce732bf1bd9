import type { Hold } from '@peekaboo/shared/hold';

/** All holds in force, and the revision of that set: it grows by one with every change and never goes back. */
export type HoldSet = { revision: number; holds: Hold[] };

export type Lift = { hold: string; nursery: string; by: string; reason: string; at: number };

/**
 * What signal remembers. A promise that resolves means: durable, it survives the power going off the next instant.
 * Every method rejects with PeekabooError STORE_UNAVAILABLE when the store cannot be reached.
 */
export interface Store {
  holdSet(): Promise<HoldSet>;
  /** The revision alone: asked at every lease renewal, to learn that the store is still there and current. */
  revision(): Promise<number>;
  /** Adds a hold and returns the new revision. A hold that is known already, even if lifted since, is left as it is. */
  addHold(hold: Hold): Promise<number>;
  /** Ends a hold. @throws PeekabooError HOLD_UNKNOWN when none with this id is in force in this nursery. */
  lift(lift: Lift): Promise<number>;
  close(): Promise<void>;
}
