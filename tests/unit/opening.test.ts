import type { Hours } from '@peekaboo/shared/hours';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openingAt } from '../../apps/signal/src/admission/hours.ts';
import { openingOfRoom } from '../../apps/signal/src/admission/opening.ts';

const weekly = { mon: ['08:00-12:00', '13:00-18:00'], wed: ['22:00-06:00'], sat: ['00:00-24:00'], sun: ['00:00-24:00'] };
const hours: Hours[] = [
  { weekly, exceptions: [{ date: '2026-03-29', windows: ['01:30-02:30'] }] },
  { weekly: {}, exceptions: [] },
  { weekly: Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']])), exceptions: [] },
];

test('what is remembered of a room is what would be worked out anew, wherever the clock goes', () => {
  const from = Date.parse('2026-03-20T00:00:00Z');
  const instants = fc.array(fc.integer({ min: 0, max: 30 * 86_400_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.constantFrom(...hours), fc.constantFrom('Europe/London', 'Asia/Kathmandu'), instants, (room, zone, moments) => {
      for (const moment of moments) expect(openingOfRoom(room, zone, from + moment)).toEqual(openingAt(room, zone, from + moment));
    }),
  );
});

test('a room closes and opens in the very millisecond, also when it was asked about just before', () => {
  const [room] = hours as [Hours];
  for (let now = Date.parse('2026-03-16T00:00:00Z'), turns = 0; turns < 20; turns += 1) {
    const before = openingOfRoom(room, 'Europe/London', now);
    const turn = (before.state === 'open' ? before.closesAt : before.opensAt) as number;
    expect(openingOfRoom(room, 'Europe/London', turn - 1).state).toBe(before.state);
    expect(openingOfRoom(room, 'Europe/London', turn).state).not.toBe(before.state);
    now = turn;
  }
});
