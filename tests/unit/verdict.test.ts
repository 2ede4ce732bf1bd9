import { describe, expect, test } from 'vitest';
import { type Seen, verdict, type When } from '../faults/verdict.ts';

const fault = {};
const stopped = { stopsTheSender: true } as const;

/** A trial whose order came at 10,000 ms, its confirmation 100 ms later, and the end of the fault 4 s later. */
const seen = (...sentAfterOrder: number[]): Seen => ({
  sent: [-20, ...sentAfterOrder].map((at) => 10_000 + at),
  orderedAt: 10_000,
  confirmedAt: 10_100,
  endedAt: 14_000,
});
const never = { confirmedAt: 99_000 };

describe('the verdict on a trial', () => {
  test('before and during a cut: 2.5 s after the order', () => {
    for (const when of ['before', 'during'] as const) {
      expect(verdict(fault, when, { ...seen(1_900), ...never })).toEqual({ lastMs: 1_900, limitMs: 2_500, after: 'order' });
      expect(verdict(fault, when, seen())).toEqual({ lastMs: 0, limitMs: 2_500, after: 'order' });
    }
  });

  test('what leaves once the cut is confirmed counts in any case', () => {
    for (const when of ['before', 'during', 'after'] as const)
      expect(verdict(fault, when, seen(50, 101))).toEqual({ lastMs: 1, limitMs: 0, after: 'confirmation' });
  });

  test('of two broken bounds, the one that was broken worse', () => {
    expect(verdict(fault, 'during', { ...seen(2_600), confirmedAt: 12_550 })).toEqual({ lastMs: 2_600, limitMs: 2_500, after: 'order' });
    expect(verdict(fault, 'during', { ...seen(2_600), confirmedAt: 12_450 })).toEqual({ lastMs: 150, limitMs: 0, after: 'confirmation' });
  });

  test('a sender that was stopped as a whole has 500 ms after it goes on, unless the cut was confirmed before', () => {
    const sees = (when: When) => verdict(stopped, when, seen(4_100));
    expect(sees('before')).toEqual({ lastMs: 100, limitMs: 500, after: 'going on' });
    expect(sees('after')).toEqual({ lastMs: 4_000, limitMs: 0, after: 'confirmation' });
  });

  test('until such a sender goes on, it is judged like any other', () => {
    expect(verdict(stopped, 'during', { ...seen(2_700, 4_100), ...never })).toEqual({ lastMs: 2_700, limitMs: 2_500, after: 'order' });
    expect(verdict(stopped, 'during', seen(130, 4_100))).toEqual({ lastMs: 30, limitMs: 0, after: 'confirmation' });
  });
});
