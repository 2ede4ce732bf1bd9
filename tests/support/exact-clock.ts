/** Milliseconds since the Unix epoch by the clock with which the kernel stamps packets, finer than Date.now(). */
export function exactClock(): number {
  return offset + performance.now();
}

/** Between the two clocks, read at the instant at which Date.now() ticks. */
function measureOffset(): number {
  for (const before = Date.now(); ; ) {
    const now = Date.now();
    if (now !== before) return now - performance.now();
  }
}

const offset = measureOffset();
