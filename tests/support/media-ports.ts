let taken = process.pid % 1_000;

/** Two media ports in a row, one a worker, that no other test has: known beforehand, and kept by a worker that is replaced. */
export function mediaPorts(): [number, number] {
  taken = (taken + 1) % 1_000;
  const first = 20_000 + 2 * taken;
  return [first, first + 1];
}
