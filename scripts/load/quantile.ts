/** The smallest value that at least this share of them does not exceed (nearest rank). NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The largest of them. NaN of none, where `Math.max` would have a number that nobody measured. */
export function mostOf(values: readonly number[]): number {
  return quantile(values, 1);
}
