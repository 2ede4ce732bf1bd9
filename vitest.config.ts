import { defineConfig } from 'vitest/config';

// Files that start real processes run one after the other: they measure, and the machine may have two cores.
const alone = { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000, pool: 'forks' as const };

export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['tests/unit/**/*.test.ts'], testTimeout: 30_000 } }, // thousands of cases, on a machine that may be busy
      { test: { name: 'fuzz', include: ['tests/fuzz/**/*.test.ts'], testTimeout: 1_000_000 } },
      { test: { name: 'integration', include: ['tests/integration/**/*.test.ts'], ...alone } },
      { test: { name: 'faults', include: ['tests/faults/**/*.test.ts'], ...alone } },
      { test: { name: 'hostile', include: ['tests/hostile/**/*.test.ts'], ...alone } },
      { test: { name: 'browser', include: ['tests/browser/**/*.test.ts'], ...alone } },
    ],
  },
});
