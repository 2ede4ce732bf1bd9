import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { endOfDay } from '../../../apps/viewer/src/ui/times.ts';

describe('the end of a last day', () => {
  test.each([
    ['Europe/London', '2027-07-31', '2027-07-31T23:00:00Z'],
    ['Europe/London', '2027-03-28', '2027-03-28T23:00:00Z'], // clocks went forward that morning
    ['Asia/Tokyo', '2026-12-31', '2026-12-31T15:00:00Z'],
    ['America/Santiago', '2026-09-05', '2026-09-06T04:00:00Z'], // the next day begins at 01:00
    ['UTC', '2028-02-28', '2028-02-29T00:00:00Z'],
  ])('in %s, %s ends at %s', (timeZone, day, instant) => {
    expect(new Date(endOfDay(day, timeZone)).toISOString()).toBe(new Date(instant).toISOString());
  });

  test('it is where Temporal has it, in zones of every kind, on any day', () => {
    const zones = [
      'Europe/London',
      'America/Santiago',
      'Africa/Cairo',
      'Asia/Beirut',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/St_Johns',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 20_000 }), (timeZone, days) => {
        const day = Temporal.PlainDate.from('2020-01-01').add({ days });
        const expected = day.add({ days: 1 }).toZonedDateTime(timeZone).epochMilliseconds;
        expect(endOfDay(day.toString(), timeZone)).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });
});
