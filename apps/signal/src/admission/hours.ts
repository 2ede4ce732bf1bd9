import { type Hours, type Opening, weekdays } from '@peekaboo/shared/hours';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** How far ahead of `now` the next opening or closing is looked for: 400 days, a year and a long summer holiday. */
export const hoursSearchMs = 400 * dayMs;

/**
 * Where `now` lies in these hours, and when that next changes. The wall clock of `timeZone` decides, as a person at the
 * nursery would read it: a repeated hour is open (or closed) both times, a skipped one never happens. `closesAt` and
 * `opensAt` are the first instant after `now` with the other answer, `null` when there is none within `hoursSearchMs`.
 * @param now whole milliseconds since the Unix epoch, as are the instants returned
 * @throws RangeError, its message fit for a person, when `timeZone` is not a name of the IANA database
 */
export function openingAt(hours: Hours, timeZone: string, now: number): Opening {
  return openingOfAll([hours], timeZone, now);
}

/** As `openingAt`, for several hours at once: open only while every one of them is. */
export function openingOfAll(all: readonly [Hours, ...Hours[]], timeZone: string, now: number): Opening {
  const calendar = all.map(calendarOf).reduce(inBoth);
  let open: boolean | undefined;
  // While the offset from UTC stays the same, wall time runs like real time; so each such stretch is searched by itself.
  for (const { from, until, offset } of stretches(timeZone, now)) {
    open ??= firstWall('open', calendar, from + offset, from + offset + 1) !== undefined;
    const wall = firstWall(open ? 'closed' : 'open', calendar, from + offset, until + offset);
    if (wall === undefined) continue;
    return open ? { state: 'open', closesAt: wall - offset } : { state: 'closed', opensAt: wall - offset };
  }
  return open ? { state: 'open', closesAt: null } : { state: 'closed', opensAt: null };
}

/**
 * What is wrong with hours that fit their schema, one sentence each, for whoever wrote them: a time zone that does not exist,
 * a date listed twice, windows of one day that overlap, and times on a dated exception that the clocks skip.
 */
export function findHoursMistakes(hours: Hours, timeZone: string): string[] {
  try {
    inZone(0, timeZone);
  } catch (error) {
    return [(error as RangeError).message];
  }
  const dates = hours.exceptions.map(({ date }) => date);
  const twice = new Set(dates.filter((date, index) => dates.indexOf(date) !== index));
  return [
    ...[...twice].map((date) => `exception ${date}: is listed twice; put all its windows in one exception`),
    ...weekdays.flatMap((weekday) => overlapsIn(weekday, hours.weekly[weekday] ?? [])),
    ...hours.exceptions.flatMap(({ date, windows }) => [
      ...overlapsIn(`exception ${date}`, windows),
      ...windows.flatMap((window) => skippedTimesIn(date, window, timeZone)),
    ]),
  ];
}

function overlapsIn(day: string, windows: readonly string[]): string[] {
  return windows.flatMap((window, index) => {
    const { from, to } = parseWindow(window);
    const other = windows.slice(0, index).find((earlier) => parseWindow(earlier).from < to && from < parseWindow(earlier).to);
    return other ? [`${day}: ${other} and ${window} overlap; write them as one window`] : [];
  });
}

/** Midnight, as either end, means the start or the end of the day, which every day has. */
function skippedTimesIn(date: string, window: string, timeZone: string): string[] {
  const { from, to } = parseWindow(window);
  return [from, to].flatMap((time) => {
    if (time % dayMs === 0) return [];
    const local = Temporal.PlainDateTime.from(date).add({ milliseconds: time });
    const before = local.toZonedDateTime(timeZone, { disambiguation: 'earlier' });
    if (before.toPlainDateTime().equals(local)) return [];
    const change = before.getTimeZoneTransition('next');
    const clocks = change && ` (the clocks go from ${shown(change.withTimeZone(before.offset))} to ${shown(change)})`;
    const day = local.toPlainDate();
    return [`exception ${date}: ${window} names ${shown(local)} on ${day}, which does not exist in ${timeZone}${clocks ?? ''}`];
  });
}

function shown(time: Temporal.PlainDateTime | Temporal.ZonedDateTime): string {
  return time.toPlainTime().toString({ smallestUnit: 'minute' });
}

/** The time from `now` to the end of the search, divided where the zone's offset from UTC changes. All in milliseconds. */
function* stretches(timeZone: string, now: number): Generator<{ from: number; until: number; offset: number }> {
  const end = now + hoursSearchMs;
  for (let from = now; from < end; ) {
    const local = inZone(from, timeZone);
    const until = Math.min(local.getTimeZoneTransition('next')?.epochMilliseconds ?? end, end);
    yield { from, until, offset: local.offsetNanoseconds / 1e6 };
    from = until;
  }
}

/** Temporal also takes "+01:00" and whole timestamps for a zone; these know no summer time, so only names are let in. */
function inZone(instant: number, timeZone: string): Temporal.ZonedDateTime {
  const moment = Temporal.Instant.fromEpochMilliseconds(instant);
  try {
    if (/^[A-Za-z][A-Za-z0-9_+/-]*$/.test(timeZone)) return moment.toZonedDateTimeISO(timeZone);
  } catch {
    // not a zone: said below
  }
  throw new RangeError(`"${timeZone.slice(0, 60)}" is not a time zone; write a name of the IANA database, such as "Europe/London"`);
}

/** A time in which it is open, in milliseconds after the local day's midnight, half-open; `to` may lie beyond the day. */
type Span = { from: number; to: number };

/** The open spans of a local date, which is counted in days since 1970-01-01: in the order they begin, perhaps overlapping. */
type Calendar = (day: number) => readonly Span[];

function calendarOf(hours: Hours): Calendar {
  const weekly = weekdays.map((weekday) => (hours.weekly[weekday] ?? []).map(parseWindow));
  const exceptions = new Map<number, readonly string[]>();
  for (const { date, windows } of hours.exceptions) {
    const day = Date.parse(date) / dayMs;
    // A date listed twice contradicts itself: it stays dark.
    exceptions.set(day, exceptions.has(day) ? [] : windows);
  }
  // 1970-01-01 was a Thursday.
  const opened = (day: number) => exceptions.get(day)?.map(parseWindow) ?? weekly[(day + 3) % 7] ?? [];
  return (day) => {
    const eve = exceptions.has(day) ? [] : opened(day - 1);
    const spilled = eve.filter(({ to }) => to > dayMs).map(({ to }) => ({ from: 0, to: to - dayMs }));
    return [...spilled, ...opened(day)].sort(byStart);
  };
}

function inBoth(a: Calendar, b: Calendar): Calendar {
  return (day) => {
    const others = b(day);
    return a(day)
      .flatMap((x) => others.map((y) => ({ from: Math.max(x.from, y.from), to: Math.min(x.to, y.to) })))
      .filter(({ from, to }) => from < to)
      .sort(byStart);
  };
}

const byStart = (a: Span, b: Span) => a.from - b.from;

function parseWindow(window: string): Span {
  const from = parseTime(window.slice(0, 5));
  const to = parseTime(window.slice(6));
  return { from, to: to <= from ? to + dayMs : to };
}

function parseTime(time: string): number {
  return (Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) * minuteMs;
}

/** The first wall time in [from, until) that is open or closed, as asked; in milliseconds since 1970-01-01T00:00 local. */
function firstWall(wanted: Opening['state'], calendar: Calendar, from: number, until: number): number | undefined {
  const firstIn = wanted === 'open' ? firstOpen : firstClosed;
  for (let day = Math.floor(from / dayMs); day * dayMs < until; day += 1) {
    const midnight = day * dayMs;
    const found = firstIn(calendar(day), Math.max(from - midnight, 0));
    if (found !== undefined) return midnight + found < until ? midnight + found : undefined;
  }
  return undefined;
}

function firstOpen(spans: readonly Span[], time: number): number | undefined {
  const next = spans.find(({ to }) => time < to);
  return next && Math.max(next.from, time);
}

function firstClosed(spans: readonly Span[], time: number): number | undefined {
  let closed = time;
  for (const { from, to } of spans) if (from <= closed && closed < to) closed = to;
  return closed < dayMs ? closed : undefined;
}
