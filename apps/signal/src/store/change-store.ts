import type { ChangedEntitlement } from '@peekaboo/shared/entitlement';

/**
 * Entitlements as staff have changed them: the last change of each. Passes that were issued before it still say what was so then, so
 * every signal goes by these instead. They share the revision of the holds, and durability and refusals with the rest of the store.
 */
export interface ChangeStore {
  /**
   * Puts the entitlement in the place of the one with its id, at once and whole. The last word counts: `at` is moved on should the
   * one before be later. @returns false when there is none in that nursery, or it was ended; nothing is changed then.
   */
  put(changed: ChangedEntitlement): Promise<boolean>;
  all(): Promise<ChangedEntitlement[]>;
  /** Gives a store that has lost changes those that a signal knows: of each person the later counts. @returns whether anything had been lost. */
  reassert(known: readonly ChangedEntitlement[]): Promise<boolean>;
}
