/** How many packets had come at a moment, in milliseconds, by the clock of whoever counted, and how many bytes. */
export type Count = { at: number; packets: number; bytes: number };

/** Packets, or bytes, a second from the first count to the last, by their own times: reports of several processes come at different moments, and late when the machine is busy. */
export function rateOf(counts: readonly Count[], what: 'packets' | 'bytes' = 'packets'): number {
  const [first, last] = [counts[0], counts.at(-1)];
  return first && last && last.at > first.at ? ((last[what] - first[what]) / (last.at - first.at)) * 1_000 : Number.NaN;
}
