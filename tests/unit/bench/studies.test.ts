import { describe, expect, test } from 'vitest';
import { growthOf } from '../../../scripts/bench/studies/churn/growth.ts';
import { DelayLine } from '../../../scripts/bench/studies/join/delay-line.ts';
import { judgeStudy } from '../../../scripts/bench/studies/judge-studies.ts';
import { tellStudy } from '../../../scripts/bench/studies/tell-study.ts';

describe('growth', () => {
  test('is that of the line through all readings, as a share of where it begins', () => {
    expect(growthOf([100, 101, 102, 103, 104])).toBeCloseTo(0.04);
    expect(growthOf([100, 100, 100])).toBe(0);
    expect(growthOf([100, 90])).toBeCloseTo(-0.1);
  });

  test('is not that of one reading that is off', () => {
    expect(Math.abs(growthOf([100, 100, 100, 100, 120, 100, 100, 100, 100]))).toBeLessThan(0.001);
    expect(Math.abs(growthOf([100, 100, 100, 100, 100, 100, 100, 100, 103]))).toBeLessThan(0.02);
  });

  test('of a single reading is not known', () => {
    expect(growthOf([100])).toBeNaN();
  });
});

test('what enters a delay line leaves it in its order, no sooner than the delay', async () => {
  const line = new DelayLine(20);
  const arrived: { number: number; afterMs: number }[] = [];
  await new Promise<void>((resolve) => {
    for (const number of [1, 2, 3]) {
      const at = performance.now();
      line.send(() => {
        arrived.push({ number, afterMs: performance.now() - at });
        if (number === 3) resolve();
      });
    }
  });
  expect(arrived.map(({ number }) => number)).toEqual([1, 2, 3]);
  for (const { afterMs } of arrived) expect(afterMs).toBeGreaterThanOrEqual(20);
});

describe('the goals of studies', () => {
  const steps = { check: 52, checked: 104, hello: 104, handshaken: 206, media: 206, keyframe: 210 };
  const joins = { rttMs: 50, frameMs: 1_000 / 15, joins: 30, failed: 0, steps, signallingRoundTrips: 1 };
  const met = (...[name, studies]: Parameters<typeof judgeStudy>) => judgeStudy(name, studies).map((verdict) => verdict.met);

  test('of a join: one round trip of signalling; four in all, a frame and 15 %', () => {
    const joined = (p50: number, more = {}) => ({ join: { ...joins, firstKeyframeMs: { p50, p95: 400, max: 400 }, ...more } });
    expect(met('join', joined(306))).toEqual([true, true]);
    expect(met('join', joined(307))).toEqual([true, false]);
    expect(met('join', joined(210, { signallingRoundTrips: 2 }))).toEqual([false, true]);
    expect(met('join', joined(210, { failed: 1 }))).toEqual([true, false]);
  });

  test('of a picture on the screen: 120 ms at p50, 180 ms at p95', () => {
    const aged = (p50: number, p95: number) => ({
      glass: { frames: 900, framesPerSecond: 30, glassToGlassMs: { p50, p95, max: 300 }, arrivedMs: 36, inBrowserMs: 30 },
    });
    expect(met('glass', aged(120, 180))).toEqual([true, true]);
    expect(met('glass', aged(121, 181))).toEqual([false, false]);
  });

  test('of many families: none lost, no silence, 12 kB of heap', () => {
    const carried = (over200Ms: number | null, heapPerSocketKb: number | null, more: { succeeded?: number; views?: number } = {}) => ({
      density: {
        ...{
          families: 500,
          rooms: 5,
          kbps: 150,
          joins: { attempted: 500, succeeded: more.succeeded ?? 500, failed: 500 - (more.succeeded ?? 500) },
        },
        ...{ gaps: { over200Ms, maxMs: 210, unclear: 0 }, lost: { views: more.views ?? 0, packets: 0 } },
        sfu: { cores: 0.2, nodeCores: 0.01, packetsPerSecond: 12_500, kbpsPerView: 155, coresPer10kPps: 0.13, rssMb: 230, ended: 0 },
        signal: { cores: 0.1, rssMb: 140, heapPerSocketKb, ended: 0 },
        ...{ guard: { cores: 0, kills: 0 }, generator: { cores: 0.4, saturated: false, because: '', lagMs: 10 }, machine: { idle: 0.5 } },
      },
    });
    expect(met('density', carried(0, 12))).toEqual([true, true, true]);
    expect(met('density', carried(1, 12.1))).toEqual([true, false, false]);
    expect(met('density', carried(0, 11, { succeeded: 499 }))).toEqual([false, true, true]);
    expect(met('density', carried(0, 11, { views: 1 }))).toEqual([false, true, true]);
    expect(met('density', carried(null, null))).toEqual([true, undefined, undefined]);
    expect(tellStudy('density', carried(null, null)).join()).toContain('– kB of signal');
  });

  test('of memory: 2 % each, over as many cycles as were asked for, none failed', () => {
    const grown = (signal: number, sfu: number, worker: number, failed = 0, workersGone = 0) => ({
      churn: { warmUp: 2_000, cycles: 10_000, failed, seconds: 400, workersGone, readings: [], growth: { signal, sfu, worker } },
    });
    expect(met('churn', grown(0.02, -0.1, 0.021))).toEqual([true, true, false]);
    expect(met('churn', grown(0, 0, 0, 500))).toEqual([false, false, false]);
    expect(met('churn', grown(0, 0, -0.1, 0, 1))).toEqual([true, true, undefined]);
  });

  test('are not judged when there are no figures', () => {
    for (const name of ['join', 'glass', 'density', 'churn'] as const) expect(judgeStudy(name, {})).toEqual([]);
  });
});
