/** Instants in the words of a clock on the nursery's wall. All instants in milliseconds since the Unix epoch. */

const locale = 'en-GB';

function format(at: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(locale, { timeZone, ...options }).format(at);
}

/** `08:00`. */
export function clock(at: number, timeZone: string): string {
  return format(at, timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

/** `14:32:07`. */
export function clockWithSeconds(at: number, timeZone: string): string {
  return format(at, timeZone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
}

/** Days from `now` to `at` by the calendar of the zone: 0 is today, 1 tomorrow. */
export function daysAhead(at: number, now: number, timeZone: string): number {
  return (calendarDay(at, timeZone) - calendarDay(now, timeZone)) / 86_400_000;
}

function calendarDay(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, year: 'numeric', month: 'numeric', day: 'numeric' }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'));
}

/** `08:00` today, else `tomorrow at 08:00`, `Monday at 08:00`, `Monday 5 January at 08:00`; behind or far ahead with its date. */
export function dayAndClock(at: number, now: number, timeZone: string): string {
  const days = daysAhead(at, now, timeZone);
  const time = clock(at, timeZone);
  if (days === 0) return time;
  if (days === 1) return `tomorrow at ${time}`;
  if (days === -1) return `yesterday at ${time}`;
  if (days > 1 && days < 7) return `${format(at, timeZone, { weekday: 'long' })} at ${time}`;
  return `${format(at, timeZone, { weekday: 'long', day: 'numeric', month: 'long' })} at ${time}`;
}

/** `31 July 2027`. */
export function longDay(at: number, timeZone: string): string {
  return format(at, timeZone, { day: 'numeric', month: 'long', year: 'numeric' });
}

/** `2027-07-31`: the day of this instant, by the calendar of the zone. */
export function dayOf(at: number, timeZone: string): string {
  return new Date(calendarDay(at, timeZone)).toISOString().slice(0, 10);
}

/** The end of a day such as `2027-07-31`: the first instant of the next one in the zone, also where clocks change at midnight. */
export function endOfDay(day: string, timeZone: string): number {
  const midnight = Date.parse(`${day}T00:00:00Z`) + 86_400_000;
  // The zone's offset is asked for before and after, since the zone may change it this night.
  const candidates = [-86_400_000, 86_400_000].map((away) => midnight - offsetMs(midnight + away, timeZone));
  return Math.min(...candidates.filter((at) => calendarDay(at, timeZone) === midnight));
}

/** How far the zone's clock is ahead of UTC at this instant. */
function offsetMs(at: number, timeZone: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = clockWithSeconds(at, timeZone).split(':').map(Number);
  return calendarDay(at, timeZone) + ((hours * 60 + minutes) * 60 + seconds) * 1_000 - Math.floor(at / 1_000) * 1_000;
}

/** The same instant on the clock where the reader is, or null when both clocks show the same. */
export function clockHere(at: number, timeZone: string, hereZone: string): string | null {
  const there = calendarDay(at, timeZone);
  const here = calendarDay(at, hereZone);
  if (there === here && clock(at, timeZone) === clock(at, hereZone)) return null;
  return there === here ? clock(at, hereZone) : `${format(at, hereZone, { weekday: 'long' })} ${clock(at, hereZone)}`;
}

/** `under 1 ms`, `6 ms`, `1.4 s`. */
export function duration(ms: number): string {
  if (ms < 1) return 'under 1 ms';
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
