import { describe, expect, test } from 'vitest';
import type { Fault } from '../faults/fault.ts';
import { verdict } from '../faults/verdict.ts';

const fault: Fault = { name: 'a fault', arm: () => ({ inject: () => undefined }) };
const none = { afterOrder: 0, afterConfirmation: 0, afterEnd: 0 };

describe('the verdict on a trial', () => {
  test('before and during a cut: 2.5 s after the order', () => {
    for (const when of ['before', 'during'] as const)
      expect(verdict(fault, when, { ...none, afterOrder: 1_900 })).toEqual({ lastMs: 1_900, limitMs: 2_500, after: 'order' });
  });

  test('what leaves once staff have read "confirmed" counts in any case', () => {
    for (const when of ['before', 'during', 'after'] as const)
      expect(verdict(fault, when, { ...none, afterOrder: 50, afterConfirmation: 1 })).toEqual({
        lastMs: 1,
        limitMs: 0,
        after: 'confirmation',
      });
  });

  test('a sender that was stopped as a whole has 500 ms after it goes on, unless the cut was confirmed before', () => {
    const stopped: Fault = { ...fault, stopsTheSender: true };
    const measured = { afterOrder: 4_100, afterConfirmation: 2_100, afterEnd: 100 };
    expect(verdict(stopped, 'before', measured)).toEqual({ lastMs: 100, limitMs: 500, after: 'going on' });
    expect(verdict(stopped, 'after', measured)).toEqual({ lastMs: 2_100, limitMs: 0, after: 'confirmation' });
  });
});
