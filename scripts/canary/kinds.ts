import type { ErrorCode } from '@peekaboo/shared/errors';
import { type Weekday, weekdays } from '@peekaboo/shared/hours';
import type { PassRequest } from '../../apps/signal/src/identity/issuer.ts';
import type { RoomState } from './room-hours.ts';

export const kinds = ['revoked', 'expired', 'out-of-hours', 'closed-room', 'wrong-room'] as const;
export type Kind = (typeof kinds)[number];

/** One who must not get in: the pass to try with, when it is issued (milliseconds since the Unix epoch), and the rooms to ask for. */
export type Intruder = { pass: PassRequest; issuedAt: number; asksFor: string[] };

/** Whether an attempt proves something in a room that is so: in a closed one nobody is admitted, whatever their pass says. */
export function proves(kind: Kind, room: RoomState | undefined): boolean {
  if (kind === 'closed-room') return room === 'closed';
  return kind !== 'out-of-hours' || room !== 'closed';
}

/** What is wrong with the pass, and the one refusal that proves that signal sees it. Any other refusal says nothing of it. */
export const faults: Record<Kind, { words: string; code: ErrorCode }> = {
  revoked: { words: 'of a guardian who was revoked', code: 'PASS_REVOKED' },
  expired: { words: 'that has expired', code: 'PASS_EXPIRED' },
  'out-of-hours': { words: 'for other hours', code: 'OUTSIDE_HOURS' },
  'closed-room': { words: 'for a room that is closed', code: 'OUTSIDE_HOURS' },
  'wrong-room': { words: 'for other rooms', code: 'ROOM_NOT_IN_PASS' },
};

const passLastsSeconds = 3_600;
const expiredForSeconds = 10;
/** A pass names at most 64 rooms, and a guardian may ask 100 times in 10 s: beyond that every answer would be another refusal. */
const roomsOfOne = 50;
const dayMs = 86_400_000;

/**
 * Everybody of this kind who tries, always under the same ids. Each pass is good in every respect but one, or the room is closed. However many rooms there are,
 * nobody asks or signs in so often as to be limited: that would prove nothing of the room, and round after round not of the same ones.
 */
export function intruders(kind: Kind, { nursery, rooms, now }: { nursery: string; rooms: string[]; now: number }): Intruder[] {
  const passOf = (sub: string, named: string[]): PassRequest => ({
    ...{ sub: `canary-${sub}`, role: 'guardian', nursery, rooms: named, validForSeconds: passLastsSeconds },
  });
  const groups = groupsOf(roomsOfOne, rooms);
  switch (kind) {
    case 'closed-room':
      return groups.map((asksFor, index) => ({ pass: passOf(`${kind}-${index}`, asksFor), issuedAt: now, asksFor }));
    case 'revoked': // one guardian, since a revocation stays for good
      return groups.map((asksFor) => ({ pass: passOf(kind, asksFor), issuedAt: now, asksFor }));
    case 'expired': {
      const issuedAt = now - (passLastsSeconds + expiredForSeconds) * 1_000;
      return groups.map((asksFor) => ({ pass: passOf(kind, asksFor), issuedAt, asksFor }));
    }
    case 'out-of-hours': {
      const hours = { weekly: { [weekdayFarFrom(now)]: ['00:00-24:00'] }, exceptions: [] };
      return groups.map((asksFor, index) => ({ pass: { ...passOf(`${kind}-${index}`, asksFor), hours }, issuedAt: now, asksFor }));
    }
    case 'wrong-room':
      return rooms.map((room, index) => {
        const others = rooms.filter((id) => id !== room).slice(0, roomsOfOne);
        return { pass: passOf(`${kind}-${index}`, others), issuedAt: now, asksFor: [room] };
      });
    default:
      return kind satisfies never;
  }
}

function groupsOf<T>(size: number, all: T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** A day of the week that it is in no time zone now, nor will be while the pass lasts. */
function weekdayFarFrom(now: number): Weekday {
  const sundayFirst = new Date(now + 3 * dayMs).getUTCDay();
  return weekdays[(sundayFirst + 6) % 7] as Weekday;
}
