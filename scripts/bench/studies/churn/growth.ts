/** By how much evenly spaced readings grew from first to last, as a share of the first, by the line that fits them best (least squares): one reading is noisy. */
export function growthOf(readings: readonly number[]): number {
  const last = readings.length - 1;
  if (last < 1) return Number.NaN;
  const mean = readings.reduce((sum, each) => sum + each, 0) / readings.length;
  let [covariance, variance] = [0, 0];
  for (const [index, reading] of readings.entries()) {
    covariance += (index - last / 2) * (reading - mean);
    variance += (index - last / 2) ** 2;
  }
  const slope = covariance / variance;
  return (slope * last) / (mean - (slope * last) / 2);
}
