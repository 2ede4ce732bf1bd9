/*
 * When pictures are certainly dark without anybody having said so: the arithmetic behind promise P3. An SFU ends its views when
 * its lease does, unless its event loop stands still just then; that silence is the guard's to end. Each of these is the longest
 * that it can be, so that signal need not know how a particular SFU is configured.
 */

/** Promise P3: after an order, and without the SFU having heard of it. */
const darkWithinMs = 2_500;

/** An SFU may be silent for this long before its guard kills the workers; `guard.silenceMs` is no longer. */
export const longestSilenceMs = 500;

/** For a timer that is late, for the kernel to end a process, and for a worker to carry a closing out. */
const carryingOutMs = 150;

/** How often a guard looks that allows this silence. */
export function guardLooksEveryMs(silenceMs: number): number {
  return Math.max(10, silenceMs / 10);
}

const longestAfterLeaseMs = longestSilenceMs + guardLooksEveryMs(longestSilenceMs) + carryingOutMs;

/** No lease is longer, whoever grants it. */
export const longestLeaseMs = darkWithinMs - longestAfterLeaseMs;

/**
 * From when on no media leaves under a lease that ends at `leaseEndsAt`, whatever one fault has befallen the SFU that had it.
 * Both are milliseconds on the same clock.
 */
export function certainlyDarkAt(leaseEndsAt: number): number {
  return leaseEndsAt + longestAfterLeaseMs;
}
