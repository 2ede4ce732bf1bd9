/** The ledger's periods, in milliseconds; docs/operations.md says why. */
export const ledgerDefaults = {
  /** Entries wait for each other this long before they are written and synced together. */
  batchMs: 20,
  /** The head is signed this often while views are open or anything was added. */
  headEveryMs: 60_000,
  /** A ledger that cannot be written is tried again this often. */
  retryMs: 500,
  /** A write that takes longer counts as one that fails. */
  slowMs: 1_000,
  /** Open views may go on this long while nothing can be written; then leases are no longer granted. */
  graceMs: 10_000,
  /** So many entries may wait in memory; beyond, those that are not about views, cuts and lifts are counted only. */
  maxWaiting: 10_000,
};
export type LedgerPeriods = typeof ledgerDefaults;
