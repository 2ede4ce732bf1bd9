import type { Hours, Opening } from '@peekaboo/shared/hours';
import { openingAt } from './hours.ts';

/** An opening that nothing ends within the search is looked at again after this long. */
const endlessForMs = 24 * 3_600_000;

type Known = { timeZone: string; from: number; until: number; opening: Opening };

const known = new WeakMap<Hours, Known>();

/**
 * As `openingAt`, whose answer holds until the instant that it names: so it is worked out once, and not for each of a room's
 * views. The hours must not be changed in place.
 */
export function openingOfRoom(hours: Hours, timeZone: string, now: number): Opening {
  const last = known.get(hours);
  if (last?.timeZone === timeZone && last.from <= now && now < last.until) return last.opening;
  const opening = openingAt(hours, timeZone, now);
  const until = (opening.state === 'open' ? opening.closesAt : opening.opensAt) ?? now + endlessForMs;
  known.set(hours, { timeZone, from: now, until, opening });
  return opening;
}
