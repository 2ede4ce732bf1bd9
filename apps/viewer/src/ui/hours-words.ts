import { type Hours, type HoursSource, type Weekday, weekdays } from '@peekaboo/shared/hours';
import { person } from './staff-words.ts';
import { dayAndClock } from './times.ts';
import type { TimeFrame } from './words.ts';

/* What staff read about hours. As in words.ts: plain functions of values. */

export const dayNames: Record<Weekday, string> = {
  ...{ mon: 'Monday', tue: 'Tuesday', wed: 'Wednesday', thu: 'Thursday' },
  ...{ fri: 'Friday', sat: 'Saturday', sun: 'Sunday' },
};

export const hoursWords = {
  title: 'When parents may watch',
  edit: 'Edit',
  editOf: (room: string) => `Edit the hours of ${room}`,
  weekly: 'Every week',
  dates: 'Single dates',
  datesHint: 'On such a date the weekly hours do not count.',
  noDates: 'No date differs from the week.',
  closed: 'Closed',
  opens: (day: string) => `${day}, opens`,
  closes: (day: string) => `${day}, closes`,
  to: 'to',
  addWindow: (day: string) => `Open on ${day}`,
  addAnother: (day: string) => `Another time on ${day}`,
  add: 'Open',
  more: 'Add a time',
  remove: (day: string, from: string) => `Remove the time on ${day} from ${from}`,
  copyToWeek: 'Use Monday’s for Monday to Friday',
  addDate: 'Add a date',
  removeDate: (date: string) => `Remove the date ${date}`,
  date: 'Date',
  newDate: 'the new date',
  save: 'Save',
  saving: 'Saving…',
  cancel: 'Cancel',
  reset: 'Back to the file’s hours',
  saveHint: 'Counts at once: whoever watches outside these hours loses the picture.',
  notSaved: 'NOT saved: the server did not answer. Try again.',
  emptyWindow: 'A time opens and closes at the same moment. Correct or remove it.',
};

export function hoursFrom(from: HoursSource, { now, timeZone }: TimeFrame): string {
  return from.source === 'file' ? 'From the nursery’s file' : `Set here by ${person(from.by)}, ${dayAndClock(from.at, now, timeZone)}`;
}

/** The week in as few lines as it takes: `Monday to Friday`, `08:00–18:00`. */
export function weekLines({ weekly }: Hours): { days: string; times: string }[] {
  const runs: { first: Weekday; last: Weekday; times: string }[] = [];
  for (const day of weekdays) {
    const times = timesOf(weekly[day] ?? []);
    const run = runs.at(-1);
    if (run?.times === times) run.last = day;
    else runs.push({ first: day, last: day, times });
  }
  return runs.map(({ first, last, times }) => ({
    days: first === last ? dayNames[first] : `${dayNames[first]} to ${dayNames[last]}`,
    times,
  }));
}

export function timesOf(windows: readonly string[]): string {
  return windows.length === 0 ? hoursWords.closed : windows.map((window) => window.replace('-', '–')).join(', ');
}

/** `Friday 25 December 2026`. */
export function dateName(date: string): string {
  const options = { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const;
  return new Intl.DateTimeFormat('en-GB', options).format(Date.parse(date));
}
