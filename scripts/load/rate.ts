/** How many packets had come at a moment, in milliseconds, by the clock of whoever counted. */
export type Count = { at: number; packets: number };

/** Packets a second from the first count to the last, by their own times: reports of several processes come at different moments, and late when the machine is busy. */
export function rateOf(counts: readonly Count[]): number {
  const [first, last] = [counts[0], counts.at(-1)];
  return first && last && last.at > first.at ? ((last.packets - first.packets) / (last.at - first.at)) * 1_000 : Number.NaN;
}
