import { describe, expect, test } from 'vitest';
import { judge } from '../../../scripts/bench/goals.ts';
import { missingOf } from '../../../scripts/bench/missing.ts';
import { resultOf } from '../../../scripts/bench/result.ts';
import type { Turn } from '../../../scripts/bench/turn.ts';
import type { CutSeen } from '../../../scripts/load/observe-cut.ts';

const seen = { packetsPerSecond: 5_000, workerCores: 0.05, serverCores: 0.06, workerMb: 40, serverMb: 400, idle: 0.5, lagMs: 5 };
const joins = { joinMs: [10, 20, 30], dueMs: [12, 22, 90], firstFrameMs: [100, 200, 300], failures: [] };
const cut: CutSeen = {
  ...{ viewers: 3, confirmed: true, clickedAt: 0, ackMs: 20, lastMs: [0, 0, 2], packetsBefore: 100, stillReceiving: 0 },
  ...{ measuredBy: 'packet capture', since: 'order at the SFU' },
};
const turn = (more: Partial<Turn> = {}): Turn => ({
  ...{ joins, atMany: seen, atMore: seen, cutFew: { ...cut, lastMs: [0, 0, 0] }, cutMost: { ...cut, lastMs: [...cut.lastMs] } },
  ...{ storm: joins, workersGone: 0 },
  ...more,
});
const withCores = (workerCores: number) => turn({ atMany: { ...seen, workerCores } });

describe('the result of a benchmark', () => {
  test('is the median and the spread of the rounds, in cores per 10,000 packets/s', () => {
    const { contenders } = resultOf([0.05, 0.08, 0.0625].map((cores) => ({ peekaboo: withCores(cores) })));
    expect(contenders.peekaboo?.workerCoresPer10kPps).toEqual({ median: 0.125, min: 0.1, max: 0.16, rounds: [0.1, 0.16, 0.125] });
  });

  test('has what connecting took in a storm, too', () => {
    const { contenders } = resultOf([{ peekaboo: turn({ gust: { ...joins, dueMs: [40] } }) }]);
    const { stormJoinP99Ms, stormDueP99Ms, gustDueP99Ms } = contenders.peekaboo ?? {};
    expect([stormJoinP99Ms, stormDueP99Ms, gustDueP99Ms].map((each) => each?.median)).toEqual([30, 90, 40]);
  });

  test('compares within each round, so that a slow round is slow for both', () => {
    const rounds = [1, 3, 1].map((slow) => ({ peekaboo: withCores(0.05 * slow), bare: withCores(0.1 * slow) }));
    expect(resultOf(rounds).ratios.workerCpuToBare).toMatchObject({ median: 0.5, min: 0.5, max: 0.5 });
  });

  test('leaves out what was not measured, rather than call it 0', () => {
    const { contenders, ratios } = resultOf([{ peekaboo: { joins, atMany: { ...seen, workerMb: Number.NaN }, workersGone: 0 } }]);
    expect(contenders.peekaboo).not.toHaveProperty('cutMostLastMs');
    expect(contenders.peekaboo).not.toHaveProperty('workerMb');
    expect(ratios).toEqual({});
  });

  test.for([
    ['viewers that are late', { atMany: { ...seen, lagMs: 51 } }, /at their limit/],
    ['a machine without time left', { atMore: { ...seen, idle: 0.01 } }, /at their limit/],
    ['joins that failed', { joins: { ...joins, failures: ['BUSY'] } }, /1 joins failed \(BUSY\)/],
    ['a killed worker', { workersGone: 1 }, /1 media workers were killed/],
    ['an order that was not seen', { cutMost: { ...cut, lastMs: [0, 0, 2], since: 'click of staff' } }, /counts from the click/],
    ['viewers that had no media before', { cutMost: { ...cut, lastMs: [0, 0] } }, /only 2 of 3 viewers/],
  ] satisfies [string, Partial<Turn>, RegExp][])('doubts itself: %s', ([, more, says]) => {
    expect(resultOf([{ bare: turn() }]).doubts).toEqual([]);
    expect(resultOf([{ bare: turn(more) }]).doubts).toEqual([expect.stringMatching(says)]);
  });
});

describe('a contender without figures', () => {
  test('is missing, unless it is a Janus that is not installed', () => {
    const result = resultOf([{ peekaboo: turn() }]);
    expect(missingOf(['peekaboo'], result, true)).toEqual([]);
    expect(missingOf(['peekaboo', 'bare', 'janus'], result, true)).toEqual(['bare', 'janus']);
    expect(missingOf(['peekaboo', 'janus'], result, false)).toEqual([]);
    expect(missingOf([], undefined, false)).toEqual([]);
  });
});

describe('the goals', () => {
  const verdictOf = (goal: RegExp, ...rounds: Parameters<typeof resultOf>[0]) =>
    judge(resultOf(rounds)).find((each) => goal.test(each.goal))?.met;

  test('of cost hold for the median, those of time for the worst round', () => {
    const [calm, late] = [turn(), turn({ cutMost: { ...cut, lastMs: [6] } })];
    expect(verdictOf(/later than 5 ms after/, { peekaboo: calm }, { peekaboo: calm })).toBe(true);
    expect(verdictOf(/later than 5 ms after/, { peekaboo: calm }, { peekaboo: late }, { peekaboo: calm })).toBe(false);
    expect(
      verdictOf(/at most 0.14 core/, { peekaboo: withCores(0.05) }, { peekaboo: withCores(0.09) }, { peekaboo: withCores(0.06) }),
    ).toBe(true);
  });

  test('are neither met nor missed where nothing was measured', () => {
    expect(verdictOf(/better than Janus/, { peekaboo: turn() })).toBeUndefined();
    expect(verdictOf(/better than Janus/, { peekaboo: withCores(0.05), janus: withCores(0.2) })).toBe(true);
    expect(verdictOf(/better than Janus/, { peekaboo: withCores(0.05), janus: withCores(0.19) })).toBe(false);
  });

  test('whoever watches as a storm comes loses nothing', () => {
    const during = (lostPackets: number) => ({ peekaboo: turn({ duringStorm: { lostPackets, longestGapMs: 80 } }) });
    expect(verdictOf(/already watching lose no packet/, during(0))).toBe(true);
    expect(verdictOf(/already watching lose no packet/, during(0), during(1))).toBe(false);
    expect(verdictOf(/already watching lose no packet/, { peekaboo: turn() })).toBeUndefined();
  });

  test('a cut of most may last 1.5 times as long as a cut of few', () => {
    expect(verdictOf(/1.5x of a cut of 10/, { peekaboo: turn() })).toBe(false); // 2 ms, and none
    const few = { ...cut, lastMs: [4] };
    expect(verdictOf(/1.5x of a cut of 10/, { peekaboo: turn({ cutFew: few, cutMost: { ...cut, lastMs: [6] } }) })).toBe(true);
  });
});
