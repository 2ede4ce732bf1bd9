import type { Hold } from '@peekaboo/shared/hold';
import type { EditedHours } from '@peekaboo/shared/hours';
import type { ChangeStore } from './change-store.ts';
import type { EntitlementStore } from './entitlement-store.ts';

/** All holds in force, and the revision of the store: it grows by one with every change, of holds, hours or entitlements, and never goes back. */
export type HoldSet = { revision: number; holds: Hold[] };

/** What a signal knows of the holds: the newest set it has seen, and the ids of those it has seen in force and lifted since. */
export type KnownHolds = HoldSet & { lifted: string[] };

export type Lift = { hold: string; nursery: string; by: string; reason: string; at: number };

/**
 * What signal remembers. A promise that resolves means: durable, it survives the power going off the next instant.
 * Every method rejects with PeekabooError STORE_UNAVAILABLE when the store cannot be reached; a change that was answered so
 * may still take effect once it can.
 */
export interface Store {
  /** Who may have passes. */
  readonly entitlements: EntitlementStore;
  /** What staff have changed of that since. */
  readonly changes: ChangeStore;
  holdSet(): Promise<HoldSet>;
  /** The revision alone: asked at every lease renewal, to learn that the store is still there and current. */
  revision(): Promise<number>;
  /** Adds a hold and returns the new revision. A hold that is known already, even if lifted since, is left as it is. */
  addHold(hold: Hold): Promise<number>;
  /** Ends a hold. @throws PeekabooError HOLD_UNKNOWN when none with this id is in force in this nursery, HOLD_FINAL for a revocation. */
  lift(lift: Lift): Promise<number>;
  /**
   * Gives a store that has lost something (it came back empty, or as an older copy) what a signal knows, at once and whole:
   * holds known here are in force again unless the store remembers their lift, those known here to be lifted end, and holds
   * that only the store knows stay. The revision becomes one more than the higher of the two.
   * @returns whether anything had been lost; if not, nothing was changed.
   */
  reassert(known: KnownHolds): Promise<boolean>;
  /** What staff have set in place of the hours of the file: at most one for each room. */
  editedHours(): Promise<EditedHours[]>;
  /** Sets the hours of a room and returns the new revision. The last word counts: `at` is moved on should the one before be later. */
  setHours(edited: EditedHours): Promise<number>;
  /** Gives a store that has lost edits of hours those that a signal knows: in each room the later counts. @returns as `reassert`. */
  reassertHours(known: readonly EditedHours[]): Promise<boolean>;
  /**
   * Announces changes, whoever made them: their revision, or undefined when there may have been some. A hint that saves
   * time and may be missing; a store of one process makes none.
   */
  onChange(listener: (revision: number | undefined) => void): void;
  /** What in its settings lets it lose what it has confirmed, each as half a sentence. */
  readonly durabilityGaps: readonly string[];
  close(): Promise<void>;
}
