import type { ErrorCode } from '@peekaboo/shared/errors';
import { type Weekday, weekdays } from '@peekaboo/shared/hours';
import type { PassRequest } from '../../apps/signal/src/identity/issuer.ts';

export const kinds = ['revoked', 'expired', 'out-of-hours', 'wrong-room'] as const;
export type Kind = (typeof kinds)[number];

/** One who must not get in: the pass to try with, when it is issued (milliseconds since the Unix epoch), and the rooms to ask for. */
export type Intruder = { pass: PassRequest; issuedAt: number; asksFor: string[] };

/** What is wrong with the pass, and the one refusal that proves that signal sees it. Any other refusal says nothing of it. */
export const faults: Record<Kind, { words: string; code: ErrorCode }> = {
  revoked: { words: 'of a guardian who was revoked', code: 'PASS_REVOKED' },
  expired: { words: 'that has expired', code: 'PASS_EXPIRED' },
  'out-of-hours': { words: 'for other hours', code: 'OUTSIDE_HOURS' },
  'wrong-room': { words: 'for other rooms', code: 'ROOM_NOT_IN_PASS' },
};

const passLastsSeconds = 3_600;
const expiredForSeconds = 10;
const dayMs = 86_400_000;

/** Everybody of this kind who tries, always under the same id. Each pass is good in every respect but one. */
export function intruders(kind: Kind, { nursery, rooms, now }: { nursery: string; rooms: string[]; now: number }): Intruder[] {
  const pass: PassRequest = { sub: `canary-${kind}`, role: 'guardian', nursery, rooms, validForSeconds: passLastsSeconds };
  switch (kind) {
    case 'revoked':
      return [{ pass, issuedAt: now, asksFor: rooms }];
    case 'expired':
      return [{ pass, issuedAt: now - (passLastsSeconds + expiredForSeconds) * 1_000, asksFor: rooms }];
    case 'out-of-hours':
      return [
        { pass: { ...pass, hours: { weekly: { [weekdayFarFrom(now)]: ['00:00-24:00'] }, exceptions: [] } }, issuedAt: now, asksFor: rooms },
      ];
    case 'wrong-room':
      return rooms.map((room) => ({ pass: { ...pass, rooms: rooms.filter((id) => id !== room) }, issuedAt: now, asksFor: [room] }));
    default:
      return kind satisfies never;
  }
}

/** A day of the week that it is in no time zone now, nor will be while the pass lasts. */
function weekdayFarFrom(now: number): Weekday {
  const sundayFirst = new Date(now + 3 * dayMs).getUTCDay();
  return weekdays[(sundayFirst + 6) % 7] as Weekday;
}
