import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Lease } from '../../apps/sfu/src/leases.ts';

describe('a lease', () => {
  let lapsed: number;
  let lease: Lease;
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const asked = () => clock.monotonic();

  beforeEach(() => {
    vi.useFakeTimers();
    lapsed = 0;
    lease = new Lease(clock, () => (lapsed += 1));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is not held before it is granted', () => {
    expect(lease.held).toBe(false);
  });

  test('is held for its time and then lapses by itself, once', () => {
    lease.extend(asked(), 2_000);
    vi.advanceTimersByTime(1_999);
    expect([lease.held, lapsed]).toEqual([true, 0]);
    vi.advanceTimersByTime(1);
    expect([lease.held, lapsed]).toEqual([false, 1]);
    vi.advanceTimersByTime(60_000);
    expect(lapsed).toBe(1);
  });

  test('goes on for as long as it is renewed', () => {
    for (let renewal = 0; renewal < 100; renewal += 1) {
      lease.extend(asked(), 2_000);
      vi.advanceTimersByTime(500);
    }
    expect([lease.held, lapsed]).toEqual([true, 0]);
    vi.advanceTimersByTime(2_000);
    expect([lease.held, lapsed]).toEqual([false, 1]);
  });

  test('a grant that was held up on the way counts from the question', () => {
    const askedAt = asked();
    vi.advanceTimersByTime(1_500);
    lease.extend(askedAt, 2_000);
    vi.advanceTimersByTime(500);
    expect([lease.held, lapsed]).toEqual([false, 1]);
  });

  test('a grant that comes too late is worth nothing', () => {
    const askedAt = asked();
    vi.advanceTimersByTime(5_000);
    lease.extend(askedAt, 2_000);
    expect(lease.held).toBe(false);
  });

  test('an older grant that arrives later does not shorten it', () => {
    const early = asked();
    vi.advanceTimersByTime(400);
    lease.extend(asked(), 2_000);
    lease.extend(early, 2_000);
    vi.advanceTimersByTime(1_900);
    expect(lease.held).toBe(true);
  });

  test('that is dropped ends at once and does not report a lapse', () => {
    lease.extend(asked(), 2_000);
    lease.drop();
    vi.advanceTimersByTime(10_000);
    expect([lease.held, lapsed]).toEqual([false, 0]);
  });
});
