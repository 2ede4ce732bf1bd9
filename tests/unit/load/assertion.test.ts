import { describe, expect, test } from 'vitest';
import { failureOf, parseAssertion } from '../../../scripts/load/assertion.ts';

describe('an assertion about a load report', () => {
  const report = { cut: { maxMs: 7.5, confirmed: true }, joins: { failed: 0 }, signal: { heapPerSocketKb: null } };

  test.for([
    ['cut.maxMs<=20', undefined],
    ['cut.maxMs <= 7.5', undefined],
    ['cut.maxMs<7.5', 'cut.maxMs<7.5: it is 7.5'],
    ['joins.failed==0', undefined],
    ['joins.failed!=0', 'joins.failed!=0: it is 0'],
    ['joins.failed>-1', undefined],
    ['cut.confirmed==1', undefined],
    ['cut.p99Ms<=5', 'cut.p99Ms<=5: cut.p99Ms was not measured'],
    ['signal.heapPerSocketKb<=12', 'signal.heapPerSocketKb<=12: signal.heapPerSocketKb was not measured'],
    ['nothing.at.all>=0', 'nothing.at.all>=0: nothing.at.all was not measured'],
  ] as const)('%s: %s', ([text, failure]) => {
    expect(failureOf(parseAssertion(text), report)).toBe(failure);
  });

  test.for(['', 'cut.maxMs', 'cut.maxMs=20', '20>=cut.maxMs', 'cut.maxMs<=fast', 'a;b<=1'])('%j is not understood', (text) => {
    expect(() => parseAssertion(text)).toThrow(/write it as/);
  });
});
