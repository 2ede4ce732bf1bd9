import { expect, test } from 'vitest';
import { rateOf } from '../../../scripts/load/rate.ts';

test('a rate is by the times at which was counted, whenever the counts came', () => {
  expect(
    rateOf([
      { at: 1_000, packets: 50 },
      { at: 1_700, packets: 90 },
      { at: 3_000, packets: 150 },
    ]),
  ).toBe(50);
});

test('there is no rate of one count, nor of none', () => {
  expect(rateOf([{ at: 1_000, packets: 50 }])).toBeNaN();
  expect(rateOf([])).toBeNaN();
});
