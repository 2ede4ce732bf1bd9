import { defineConfig } from 'vitest/config';

// Real processes, which mostly wait for each other: two files at a time keep a machine with two cores half busy.
const together = { maxWorkers: 2, sequence: { groupOrder: 1 }, testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' as const };
// These measure.
const alone = { ...together, maxWorkers: 1, sequence: { groupOrder: 2 } };
const measuring = ['tests/integration/bench.test.ts', 'tests/integration/load.test.ts'];

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } }, // thousands of cases, on a machine that may be busy
      { test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'], testTimeout: 1_000_000 } },
      { test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], exclude: measuring, ...together } },
      { test: { name: 'hostile', include: ['tests/hostile/**/*.test.ts'], ...together } },
      { test: { name: 'browser', include: ['tests/browser/**/*.test.ts'], ...together } },
      { test: { name: 'measuring', include: measuring, ...alone } },
      { test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...alone } },
    ],
  },
});
