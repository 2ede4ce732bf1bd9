import { describe, expect, test } from 'vitest';
import { type Profile, profiles, seededRandom, visitsOf } from '../../../scripts/load/schedule.ts';

describe('a schedule of visits', () => {
  const rampMs = 60_000;
  const of = (profile: Profile) => visitsOf(profile, 1_000, rampMs, seededRandom(1));

  test.for(Object.keys(profiles) as Profile[])('%s: everybody comes within the ramp, in order, and the same way each time', (profile) => {
    const visits = of(profile);
    expect(visits).toHaveLength(1_000);
    const moments = visits.map(({ joinAtMs }) => joinAtMs);
    expect(moments.every((at) => at >= 0 && at <= rampMs)).toBe(true);
    expect(moments).toEqual([...moments].sort((a, b) => a - b));
    expect(of(profile)).toEqual(visits);
  });

  test('of a morning has most of them in the middle third', () => {
    const middle = of('morning').filter(({ joinAtMs }) => joinAtMs > rampMs / 3 && joinAtMs < (rampMs * 2) / 3);
    expect(middle.length).toBeGreaterThan(600);
  });

  test('of churn has everybody leave again, and no other has', () => {
    for (const profile of Object.keys(profiles) as Profile[]) {
      const leave = of(profile).filter(({ staysMs }) => staysMs !== undefined);
      expect([profile, leave.length]).toEqual([profile, profile === 'churn' ? 1_000 : 0]);
    }
  });
});
