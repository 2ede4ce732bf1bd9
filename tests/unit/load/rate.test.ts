import { expect, test } from 'vitest';
import { rateOf } from '../../../scripts/load/rate.ts';

test('a rate is by the times at which was counted, whenever the counts came', () => {
  const counts = [
    { at: 1_000, packets: 50, bytes: 5_000 },
    { at: 1_700, packets: 90, bytes: 80_000 },
    { at: 3_000, packets: 150, bytes: 85_000 },
  ];
  expect(rateOf(counts)).toBe(50);
  expect(rateOf(counts, 'bytes')).toBe(40_000);
});

test('there is no rate of one count, nor of none', () => {
  expect(rateOf([{ at: 1_000, packets: 50, bytes: 5_000 }])).toBeNaN();
  expect(rateOf([])).toBeNaN();
});
