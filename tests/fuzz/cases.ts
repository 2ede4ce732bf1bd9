import type { Parameters } from 'fast-check';

/** `npm run fuzz` sets these; `npm test` takes few cases, other ones each time. */
const { FUZZ_CASES, FUZZ_SEED } = process.env;

const withinMs = 900_000;

/** How many cases to try, from which seed; not to be done in time counts as a failure. fast-check names the seed when one fails. */
export const cases: Parameters<never> = {
  numRuns: Number(FUZZ_CASES ?? 500),
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
  interruptAfterTimeLimit: withinMs,
  markInterruptAsFailure: true,
};

/** No single case may take longer than this, on a machine that is busy with other things as well. */
export const oneCaseWithinMs = 1_000;
