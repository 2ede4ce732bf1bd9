/*
 * Preloaded into a process (NODE_OPTIONS=--import=…) to let its wall clock run ahead by START_CLOCK_AHEAD_MS, as a machine
 * whose clock is set wrong. Monotonic time stays as it is.
 */
const aheadMs = Number(process.env.START_CLOCK_AHEAD_MS);
const now = Date.now.bind(Date);
Date.now = () => now() + aheadMs;
