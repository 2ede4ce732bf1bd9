import { type Hours, type Weekday, weekdays } from '@peekaboo/shared/hours';

/** A window as a form has it: two times of the day; a closing time of 00:00 is the end of the day. */
export type DraftWindow = { from: string; to: string };
type DraftDate = { date: string; windows: readonly DraftWindow[] };
/** Hours while they are being edited: perhaps not complete, perhaps wrong. */
export type Draft = { weekly: Readonly<Record<Weekday, readonly DraftWindow[]>>; dates: readonly DraftDate[] };

export function draftOf({ weekly, exceptions }: Hours): Draft {
  const on = (day: Weekday) => (weekly[day] ?? []).map(parse);
  return {
    weekly: { mon: on('mon'), tue: on('tue'), wed: on('wed'), thu: on('thu'), fri: on('fri'), sat: on('sat'), sun: on('sun') },
    dates: exceptions.map(({ date, windows }) => ({ date, windows: windows.map(parse) })).sort((a, b) => a.date.localeCompare(b.date)),
  };
}

export function hoursOf({ weekly, dates }: Draft): Hours {
  const open = weekdays.filter((day) => weekly[day].length > 0);
  return {
    weekly: Object.fromEntries(open.map((day) => [day, weekly[day].map(written)])),
    exceptions: dates.map(({ date, windows }) => ({ date, windows: windows.map(written) })),
  };
}

/** Whether some window has no length: it opens when it closes, and not at midnight. */
export function hasEmptyWindow({ weekly, dates }: Draft): boolean {
  const windows = [...weekdays.flatMap((day) => weekly[day]), ...dates.flatMap((each) => each.windows)];
  return windows.some(({ from, to }) => from === to && to !== '00:00');
}

function parse(window: string): DraftWindow {
  const to = window.slice(6);
  return { from: window.slice(0, 5), to: to === '24:00' ? '00:00' : to };
}

function written({ from, to }: DraftWindow): string {
  return `${from}-${to === '00:00' ? '24:00' : to}`;
}
