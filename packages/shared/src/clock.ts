/** Where time comes from, so that tests can stop it. */
export type Clock = {
  /** Wall-clock time, milliseconds since the Unix epoch: for hours, passes and what people read. */
  now(): number;
  /** Monotonic time in milliseconds from an arbitrary start: for leases, deadlines and measurements. */
  monotonic(): number;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};
