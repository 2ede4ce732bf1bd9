/** Milliseconds since the Unix epoch by the clock with which the kernel stamps packets, finer than Date.now(). */
export function exactClock(): number {
  return offset + performance.now();
}

/** Between the two clocks: most when both are read just after Date.now() has ticked. */
function measureOffset(): number {
  let offset = Number.NEGATIVE_INFINITY;
  for (const until = performance.now() + 20; performance.now() < until; ) offset = Math.max(offset, Date.now() - performance.now());
  return offset;
}

const offset = measureOffset();
