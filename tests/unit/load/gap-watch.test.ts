import { describe, expect, test } from 'vitest';
import { GapWatch, sumOf } from '../../../scripts/load/gap-watch.ts';

/** One whose process ran without a pause from 0 until then. */
function awakeUntil(ms: number): GapWatch {
  const watch = new GapWatch(0);
  for (let now = 10; now <= ms; now += 10) watch.tick(now);
  return watch;
}

describe('gaps in streams', () => {
  test('are counted from 200 ms on, and the longest silence is told whatever it was', () => {
    const watch = awakeUntil(1_000);
    watch.note(0, 67);
    expect(watch.sum).toEqual({ over200Ms: 0, maxMs: 67, unclear: 0 });
    watch.note(67, 267);
    watch.note(300, 301);
    expect(watch.sum).toEqual({ over200Ms: 0, maxMs: 200, unclear: 0 });
    watch.note(301, 502);
    expect(watch.sum).toEqual({ over200Ms: 1, maxMs: 201, unclear: 0 });
  });

  test('are none at all without a stream', () => {
    expect(awakeUntil(1_000).sum).toBeUndefined();
    expect(sumOf([undefined, undefined])).toBeUndefined();
    expect(sumOf([undefined, { over200Ms: 1, maxMs: 300, unclear: 2 }])).toEqual({ over200Ms: 1, maxMs: 300, unclear: 2 });
  });

  test('that the process itself slept through are unclear', () => {
    const watch = awakeUntil(1_000);
    watch.tick(1_400);
    watch.note(990, 1_401);
    expect(watch.sum).toEqual({ over200Ms: 0, maxMs: 11, unclear: 1 });
  });

  test('are unclear also when the packet is read before the clock is', () => {
    const watch = awakeUntil(1_000);
    watch.note(950, 1_400);
    expect(watch.sum).toEqual({ over200Ms: 0, maxMs: 50, unclear: 1 });
  });

  test('count by what is left of them', () => {
    const watch = awakeUntil(1_000);
    watch.tick(1_100);
    for (let now = 1_110; now <= 1_500; now += 10) watch.tick(now);
    watch.note(900, 1_300);
    expect(watch.sum).toEqual({ over200Ms: 1, maxMs: 300, unclear: 0 });
  });

  test('of several processes are added, but for the longest', () => {
    expect(sumOf([awakeUntil(10).sum, { over200Ms: 2, maxMs: 400, unclear: 1 }, { over200Ms: 1, maxMs: 900, unclear: 0 }])).toEqual({
      over200Ms: 3,
      maxMs: 900,
      unclear: 1,
    });
  });
});
