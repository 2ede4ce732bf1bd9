import { type Hours, type Weekday, weekdays } from '@peekaboo/shared/hours';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hoursSearchMs, openingAt, openingOfAll } from '../../apps/signal/src/admission/hours.ts';

/*
 * Hours held against an oracle that looks at every minute on a wall clock. The oracle knows time zones from
 * Intl.DateTimeFormat alone, has no notion of a change of the clocks, and compares times as the text they are written in.
 */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const zones = [
  'Europe/London',
  'America/New_York',
  'Australia/Lord_Howe', // by half an hour
  'Antarctica/Troll', // by two hours
  'America/Havana', // at midnight and one o'clock
  'America/Santiago', // from 24:00 back to 23:00: the date goes back too
  'Africa/Cairo', // from 24:00 to 01:00: there is no midnight
  'Africa/Casablanca', // before and after Ramadan
  'Asia/Kathmandu', // never, and a quarter to the hour
] as const;
type Zone = (typeof zones)[number];

type Shown = { date: string; time: string; weekday: Weekday; eve: { date: string; weekday: Weekday } };
type Clock = (instant: number) => Shown;

/** A wall clock in a zone. It remembers what it has shown, since the minutes about each change are looked at often. */
function clockIn(timeZone: string): Clock {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', weekday: 'short', ...digits });
  const remembered = new Map<number, Shown>();
  return (instant) => {
    const minute = Math.floor(instant / minuteMs);
    let shown = remembered.get(minute);
    if (!shown) {
      // "Sun, 29/03/2026, 02:00"
      const [name = '', dayMonthYear = '', time = ''] = format.format(instant).split(', ');
      const date = dayMonthYear.split('/').reverse().join('-');
      const index = weekdays.indexOf(name.toLowerCase() as Weekday);
      const eve = {
        date: new Date(Date.parse(`${date}T12:00Z`) - dayMs).toISOString().slice(0, 10),
        weekday: weekdays.at(index - 1) as Weekday,
      };
      shown = { date, time, weekday: weekdays[index] as Weekday, eve };
      remembered.set(minute, shown);
    }
    return shown;
  };
}

const clocks = new Map(zones.map((zone) => [zone, clockIn(zone)]));

function oracleOpen(hours: Hours, clock: Clock, instant: number): boolean {
  const { date, weekday, time, eve } = clock(instant);
  const exceptionOn = (wanted: string) => hours.exceptions.find((exception) => exception.date === wanted)?.windows;
  const special = exceptionOn(date);
  for (const window of special ?? hours.weekly[weekday] ?? []) {
    const [opens, closes] = [window.slice(0, 5), window.slice(6)];
    if (time >= opens && (time < closes || closes <= opens)) return true;
  }
  if (special) return false;
  for (const window of exceptionOn(eve.date) ?? hours.weekly[eve.weekday] ?? []) {
    const [opens, closes] = [window.slice(0, 5), window.slice(6)];
    if (closes <= opens && time < closes) return true;
  }
  return false;
}

/** The first step after `now`, up to `until`, at which every one of the hours is open, or not every one is. */
function oracleChange(all: Hours[], zone: Zone, now: number, until: number, stepMs: number): { open: boolean; at: number | undefined } {
  const clock = clocks.get(zone) as Clock;
  const open = all.every((hours) => oracleOpen(hours, clock, now));
  for (let at = Math.floor(now / stepMs) * stepMs + stepMs; at <= until; at += stepMs) {
    if (all.every((hours) => oracleOpen(hours, clock, at)) !== open) return { open, at };
  }
  return { open, at: undefined };
}

/** When the clocks of a zone change from 2026 to 2030: where the wall clock, set against UTC, is not what it was. */
function changesOf(clock: Clock): number[] {
  const ahead = (instant: number) => Date.parse(`${clock(instant).date}T${clock(instant).time}Z`) - instant;
  const changes: number[] = [];
  for (let day = Date.UTC(2026, 0, 1); day < Date.UTC(2031, 0, 1); day += dayMs) {
    if (ahead(day) === ahead(day + dayMs)) continue;
    let [before, after] = [day, day + dayMs];
    while (after - before > minuteMs) {
      const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs;
      if (ahead(middle) === ahead(before)) before = middle;
      else after = middle;
    }
    changes.push(after);
  }
  return changes;
}

const changes = new Map<Zone, number[]>([...clocks].map(([zone, clock]) => [zone, changesOf(clock)]));

/** Times of day, in minutes: mostly about the hours at which clocks change, on the marks that matter, or anywhere. */
const timeOfDay = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 16 }).map((quarter) => quarter * 15) },
  { weight: 2, arbitrary: fc.integer({ min: 88, max: 95 }).map((quarter) => quarter * 15) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 240 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 1439 }) },
);
const written = (minutes: number) => new Date(minutes * minuteMs).toISOString().slice(11, 16);
const anyWindow = fc
  .tuple(timeOfDay, fc.oneof({ weight: 6, arbitrary: timeOfDay }, { weight: 1, arbitrary: fc.constant(1440) }))
  .filter(([opens, closes]) => opens !== closes)
  .map(([opens, closes]) => `${written(opens)}-${closes === 1440 ? '24:00' : written(closes)}`);
const windows: fc.Arbitrary<string[]> = fc.oneof(
  { weight: 5, arbitrary: fc.array(anyWindow, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant<string[]>(['00:00-24:00']) },
);

/** Hours with exceptions on the days about an instant. */
const hoursAbout = (instant: number): fc.Arbitrary<Hours> =>
  fc.record({
    weekly: fc.oneof(
      fc.dictionary(fc.constantFrom(...weekdays), windows, { noNullPrototype: true }),
      windows.map((same): Hours['weekly'] => Object.fromEntries(weekdays.map((weekday) => [weekday, same]))),
    ),
    exceptions: fc.uniqueArray(
      fc.record({
        date: fc.integer({ min: -2, max: 3 }).map((days) => new Date(instant + days * dayMs).toISOString().slice(0, 10)),
        windows,
      }),
      { maxLength: 3, selector: ({ date }) => date },
    ),
  });

/** A zone, an instant in it that is mostly about a change of its clocks, and one or two hours about that instant. */
const moment = fc.constantFrom(...zones).chain((zone) => {
  const anyTime = fc.integer({ min: Date.UTC(2026, 0, 1) / minuteMs, max: Date.UTC(2031, 0, 1) / minuteMs }).map((at) => at * minuteMs);
  const known = changes.get(zone) ?? [];
  const about = known.length > 0 ? fc.constantFrom(...known) : anyTime;
  return fc.oneof({ weight: 6, arbitrary: about }, { weight: 1, arbitrary: anyTime }).chain((centre) =>
    fc.record({
      zone: fc.constant(zone),
      now: fc
        .oneof(
          fc.integer({ min: -150, max: 150 }),
          fc.integer({ min: -10, max: 10 }).map((quarters) => quarters * 15),
          fc.integer({ min: -1800, max: 1440 }),
        )
        .chain((minutes) => fc.constantFrom(0, 0, 1, 30_000, 59_999).map((ms) => centre + minutes * minuteMs + ms)),
      hours: hoursAbout(centre),
      others: fc.option(hoursAbout(centre), { nil: undefined, freq: 3 }),
    }),
  );
});

test('the oracle has found the changes of the clocks: twice a year, but in Kathmandu', () => {
  expect(['Europe/London', 'America/New_York', 'Australia/Lord_Howe'].map((zone) => changes.get(zone as Zone)?.length)).toEqual([
    10, 10, 10,
  ]);
  expect(changes.get('Australia/Lord_Howe')?.[0]).toBe(Date.parse('2026-04-04T15:00Z'));
  expect([...changes].filter(([, known]) => known.length === 0).map(([zone]) => zone)).toEqual(['Asia/Kathmandu']);
});

test('what is open now, and the first change after it, are those of a clock watched for three days', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(moment, ({ zone, now, hours, others }) => {
      const until = now + 3 * dayMs;
      const watched = oracleChange(others ? [hours, others] : [hours], zone, now, until, minuteMs);
      const opening = others ? openingOfAll([hours, others], zone, now) : openingAt(hours, zone, now);
      const change = opening.state === 'open' ? opening.closesAt : opening.opensAt;
      expect(opening.state).toBe(watched.open ? 'open' : 'closed');
      if (watched.at !== undefined) expect(change).toBe(watched.at);
      else if (change !== null) expect(change).toBeGreaterThan(until);
    }),
    { numRuns: 1_500 },
  );
});

test('the first change is that of a clock watched for 400 days, when little ever changes', { timeout: 60_000 }, () => {
  // All on the half hour, as are the changes of these clocks, so that a look every half hour misses nothing.
  const onTheHalfHour = fc
    .tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 1, max: 48 }))
    .filter(([opens, closes]) => opens !== closes)
    .map(([opens, closes]) => `${written(opens * 30)}-${closes === 48 ? '24:00' : written(closes * 30)}`);
  const seldom = fc.record({
    zone: fc.constantFrom('Europe/London', 'America/New_York', 'Australia/Lord_Howe'),
    now: fc.integer({ min: 0, max: 1_400 * 48 }).map((steps) => Date.UTC(2026, 0, 1) + steps * 30 * minuteMs),
    weekly: fc.constantFrom([], ['00:00-24:00'], ['12:00-24:00', '00:00-12:00'], ['12:00-12:30', '12:30-12:00']),
    exceptions: fc.array(fc.record({ inDays: fc.integer({ min: 1, max: 420 }), windows: fc.array(onTheHalfHour, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
  });
  fc.assert(
    fc.property(seldom, ({ zone, now, weekly, exceptions }) => {
      const dateIn = (days: number) => new Date(now + days * dayMs).toISOString().slice(0, 10);
      const dates = new Map(exceptions.map(({ inDays, windows }) => [dateIn(inDays), windows]));
      const hours: Hours = {
        weekly: Object.fromEntries(weekdays.map((weekday) => [weekday, weekly])),
        exceptions: [...dates].map(([date, windows]) => ({ date, windows })),
      };
      const watched = oracleChange([hours], zone, now, now + hoursSearchMs - 1, 30 * minuteMs);
      const opening = openingAt(hours, zone, now);
      expect(opening.state).toBe(watched.open ? 'open' : 'closed');
      expect(opening.state === 'open' ? opening.closesAt : opening.opensAt).toBe(watched.at ?? null);
    }),
    { numRuns: 60 },
  );
});
