import { type Hours, weekdays } from '@peekaboo/shared/hours';
import { describe, expect, test } from 'vitest';
import { findHoursMistakes, hoursSearchMs, openingAt, openingOfAll } from '../../apps/signal/src/admission/hours.ts';

const daily = (...windows: string[]): Hours => ({
  weekly: Object.fromEntries(weekdays.map((weekday) => [weekday, windows])),
  exceptions: [],
});
const onlyOn = (date: string, ...windows: string[]): Hours => ({ weekly: {}, exceptions: [{ date, windows }] });
const except = (hours: Hours, date: string, ...windows: string[]): Hours => ({
  ...hours,
  exceptions: [...hours.exceptions, { date, windows }],
});

/** An opening as a sentence with UTC times, so that a failure reads like one: "open until 2026-01-05T18:00Z". */
function told(hours: Hours, timeZone: string, now: string): string {
  return sentence(openingAt(hours, timeZone, Date.parse(now)));
}

function sentence(opening: ReturnType<typeof openingAt>): string {
  const at = opening.state === 'open' ? opening.closesAt : opening.opensAt;
  return `${opening.state} until ${at === null ? 'further notice' : new Date(at).toISOString().replace(/(:00)?\.000Z$/, 'Z')}`;
}

describe('a window of the week', () => {
  // 2026-01-05 is a Monday; London is on UTC.
  const weekdaysOnly: Hours = {
    weekly: { mon: ['08:00-12:00', '13:00-18:00'], tue: ['08:00-18:00'], wed: ['00:00-24:00'], fri: ['12:00-24:00'] },
    exceptions: [],
  };
  test.each([
    ['is closed before it opens', '2026-01-05T07:59:59.999Z', 'closed until 2026-01-05T08:00Z'],
    ['is open at the very moment it opens', '2026-01-05T08:00Z', 'open until 2026-01-05T12:00Z'],
    ['is open to the last millisecond', '2026-01-05T11:59:59.999Z', 'open until 2026-01-05T12:00Z'],
    ['is closed at the very moment it closes', '2026-01-05T12:00Z', 'closed until 2026-01-05T13:00Z'],
    ['is closed overnight until the next day', '2026-01-05T18:00Z', 'closed until 2026-01-06T08:00Z'],
    ['opens at midnight when it says 00:00', '2026-01-06T18:00Z', 'closed until 2026-01-07T00:00Z'],
    ['closes at the end of the day when it says 24:00', '2026-01-07T10:00Z', 'open until 2026-01-08T00:00Z'],
    ['skips a weekday that is not named', '2026-01-08T00:00Z', 'closed until 2026-01-09T12:00Z'],
    ['skips the weekend into the next week', '2026-01-10T00:00Z', 'closed until 2026-01-12T08:00Z'],
  ])('%s', (_, now, expected) => {
    expect(told(weekdaysOnly, 'Europe/London', now)).toBe(expected);
  });

  test.each([
    ['touch', ['08:00-12:00', '12:00-18:00'], '2026-01-05T18:00Z'],
    ['overlap', ['08:00-13:00', '12:00-18:00'], '2026-01-05T18:00Z'],
    ['lie within each other', ['08:00-18:00', '09:00-10:00'], '2026-01-05T18:00Z'],
    ['are not in order', ['12:00-18:00', '08:00-12:00'], '2026-01-05T18:00Z'],
    ['touch across midnight', ['08:00-24:00', '00:00-02:00'], '2026-01-06T02:00Z'],
  ])('windows that %s are one', (_, windows, closesAt) => {
    expect(told(daily(...windows), 'Europe/London', '2026-01-05T09:30Z')).toBe(`open until ${closesAt}`);
  });

  test('follows the wall clock of its own time zone', () => {
    expect(told(daily('08:00-18:00'), 'America/New_York', '2026-01-05T13:00Z')).toBe('open until 2026-01-05T23:00Z');
    expect(told(daily('08:00-18:00'), 'Asia/Kathmandu', '2026-01-05T02:15Z')).toBe('open until 2026-01-05T12:15Z');
    expect(told(daily('08:00-18:00'), 'Pacific/Kiritimati', '2026-01-05T20:00Z')).toBe('open until 2026-01-06T04:00Z');
  });

  test('is of the local weekday, not of that in London', () => {
    expect(told({ weekly: { mon: ['00:00-24:00'] }, exceptions: [] }, 'Pacific/Auckland', '2026-01-04T11:00Z')).toBe(
      'open until 2026-01-05T11:00Z',
    );
  });
});

describe('a window that crosses midnight', () => {
  const friday: Hours = { weekly: { fri: ['22:00-06:00'] }, exceptions: [] };
  test.each([
    ['opens on its weekday', '2026-01-09T21:59Z', 'closed until 2026-01-09T22:00Z'],
    ['is open until the next morning', '2026-01-09T22:00Z', 'open until 2026-01-10T06:00Z'],
    ['is open past midnight', '2026-01-10T00:00Z', 'open until 2026-01-10T06:00Z'],
    ['closes in the morning', '2026-01-10T06:00Z', 'closed until 2026-01-16T22:00Z'],
    ['does not open in the morning of its own weekday', '2026-01-09T05:00Z', 'closed until 2026-01-09T22:00Z'],
  ])('%s', (_, now, expected) => {
    expect(told(friday, 'Europe/London', now)).toBe(expected);
  });

  test('spills from Sunday into Monday', () => {
    expect(told({ weekly: { sun: ['20:00-03:00'] }, exceptions: [] }, 'Europe/London', '2026-01-05T01:00Z')).toBe(
      'open until 2026-01-05T03:00Z',
    );
  });

  test('that closes at 00:00 ends at midnight', () => {
    expect(told(daily('20:00-00:00'), 'Europe/London', '2026-01-05T21:00Z')).toBe('open until 2026-01-06T00:00Z');
  });

  test('merges with the window it meets on the next day', () => {
    expect(told(daily('08:00-18:00', '22:00-08:00'), 'Europe/London', '2026-01-05T23:00Z')).toBe('open until 2026-01-06T18:00Z');
  });
});

describe('an exception', () => {
  const office = daily('08:00-18:00');
  const nights = daily('22:00-06:00');
  test.each<[string, Hours, string, string]>([
    ['without windows closes its day', except(office, '2026-01-06'), '2026-01-06T09:00Z', 'closed until 2026-01-07T08:00Z'],
    ['is looked past for the next opening', except(office, '2026-01-06'), '2026-01-05T18:00Z', 'closed until 2026-01-07T08:00Z'],
    ['replaces the windows of its day', except(office, '2026-01-06', '10:00-11:00'), '2026-01-06T09:00Z', 'closed until 2026-01-06T10:00Z'],
    ['may open longer', except(office, '2026-01-06', '06:00-20:00'), '2026-01-06T18:30Z', 'open until 2026-01-06T20:00Z'],
    ['leaves the day before alone', except(office, '2026-01-06'), '2026-01-05T09:00Z', 'open until 2026-01-05T18:00Z'],
    ['leaves the day after alone', except(office, '2026-01-06'), '2026-01-07T09:00Z', 'open until 2026-01-07T18:00Z'],
    ['cuts the night before it at midnight', except(nights, '2026-01-06'), '2026-01-05T23:00Z', 'open until 2026-01-06T00:00Z'],
    ['is dark from 00:00 when closed', except(nights, '2026-01-06'), '2026-01-06T00:00Z', 'closed until 2026-01-07T22:00Z'],
    ['keeps the night from opening on it', except(nights, '2026-01-06'), '2026-01-06T23:00Z', 'closed until 2026-01-07T22:00Z'],
    ['keeps that night from spilling over', except(nights, '2026-01-06'), '2026-01-07T01:00Z', 'closed until 2026-01-07T22:00Z'],
    [
      'may itself spill into the next day',
      except(daily(), '2026-01-06', '22:00-04:00'),
      '2026-01-06T23:00Z',
      'open until 2026-01-07T04:00Z',
    ],
    [
      'does not spill into another exception',
      except(except(daily(), '2026-01-06', '22:00-04:00'), '2026-01-07', '09:00-10:00'),
      '2026-01-06T23:00Z',
      'open until 2026-01-07T00:00Z',
    ],
    [
      'that opens at midnight carries on from the night before',
      except(nights, '2026-01-06', '00:00-03:00'),
      '2026-01-05T23:00Z',
      'open until 2026-01-06T03:00Z',
    ],
    ['opens a room that is otherwise closed', onlyOn('2026-06-20', '10:00-16:00'), '2026-01-05T09:00Z', 'closed until 2026-06-20T09:00Z'],
    [
      'that is listed twice keeps its day dark',
      except(except(office, '2026-01-06', '08:00-18:00'), '2026-01-06', '08:00-18:00'),
      '2026-01-06T09:00Z',
      'closed until 2026-01-07T08:00Z',
    ],
  ])('%s', (_, hours, now, expected) => {
    expect(told(hours, 'Europe/London', now)).toBe(expected);
  });
});

describe('far ahead', () => {
  const now = Date.parse('2026-01-05T09:00Z');
  const dayMs = 86_400_000;
  const dateAfter = (days: number) => new Date(now + days * dayMs).toISOString().slice(0, 10);

  test('hours without windows never open', () => {
    expect(told(daily(), 'Europe/London', '2026-01-05T09:00Z')).toBe('closed until further notice');
  });

  test('hours that are always open never close, summer time or not', () => {
    expect(told(daily('00:00-24:00'), 'Europe/London', '2026-01-05T09:00Z')).toBe('open until further notice');
    expect(told(daily('12:00-24:00', '00:00-12:00'), 'America/New_York', '2026-01-05T09:00Z')).toBe('open until further notice');
  });

  test('a closed day is foreseen 399 days ahead by hours that are otherwise always open', () => {
    const closesAt = Date.parse(dateAfter(399));
    expect(openingAt(except(daily('00:00-24:00'), dateAfter(399)), 'Europe/London', now)).toEqual({ state: 'open', closesAt });
  });

  test('an opening beyond the 400 days of the search is not looked for', () => {
    expect(hoursSearchMs).toBe(400 * dayMs);
    expect(openingAt(onlyOn(dateAfter(400), '08:59-10:00'), 'UTC', now)).toEqual({ state: 'closed', opensAt: now + 400 * dayMs - 60_000 });
    expect(openingAt(onlyOn(dateAfter(400), '09:00-10:00'), 'UTC', now)).toEqual({ state: 'closed', opensAt: null });
  });

  test('takes less than a millisecond, in the longest search too', () => {
    const years = Array.from({ length: 400 }, (_, days) => ({ date: dateAfter(days), windows: [] }));
    for (const hours of [daily('08:00-18:00'), daily(), daily('00:00-24:00'), { weekly: daily('08:00-18:00').weekly, exceptions: years }]) {
      const times = Array.from({ length: 50 }, (_, turn) => {
        const start = performance.now();
        openingAt(hours, 'Europe/London', now + turn * 60_000);
        return performance.now() - start;
      });
      expect(times.toSorted((a, b) => a - b)[25]).toBeLessThan(1);
    }
  });
});

describe('several hours at once', () => {
  const at = (now: string, ...all: [Hours, ...Hours[]]) => sentence(openingOfAll(all, 'Europe/London', Date.parse(now)));

  test('are open only while each is', () => {
    expect(at('2026-01-05T07:30Z', daily('07:00-12:00'), daily('08:00-18:00'))).toBe('closed until 2026-01-05T08:00Z');
    expect(at('2026-01-05T08:00Z', daily('07:00-12:00'), daily('08:00-18:00'))).toBe('open until 2026-01-05T12:00Z');
    expect(at('2026-01-05T08:00Z', daily('08:00-18:00'), daily('07:00-12:00'))).toBe('open until 2026-01-05T12:00Z');
  });

  test('open next when all of them do, not when the first of them does', () => {
    const fridays: Hours = { weekly: { fri: ['09:00-10:00'] }, exceptions: [] };
    expect(at('2026-01-05T13:00Z', daily('08:00-12:00'), fridays)).toBe('closed until 2026-01-09T09:00Z');
    expect(at('2026-01-05T13:00Z', daily('08:00-12:00'), except(fridays, '2026-01-09'))).toBe('closed until 2026-01-16T09:00Z');
  });

  test('that never meet never open', () => {
    expect(at('2026-01-05T09:00Z', daily('08:00-12:00'), daily('12:00-18:00'))).toBe('closed until further notice');
  });

  test('meet after midnight when one spills over', () => {
    expect(at('2026-01-05T23:00Z', daily('22:00-02:00'), daily('01:00-05:00'))).toBe('closed until 2026-01-06T01:00Z');
  });
});

/*
 * Every change of the clocks from 2026 to 2030. `at` is its instant; the wall clock then jumps from `from` to `to`.
 */
const changes: { zone: string; from: string; to: string; at: string[] }[] = [
  {
    zone: 'Europe/London', // last Sunday of March
    from: '01:00',
    to: '02:00',
    at: ['2026-03-29T01:00Z', '2027-03-28T01:00Z', '2028-03-26T01:00Z', '2029-03-25T01:00Z', '2030-03-31T01:00Z'],
  },
  {
    zone: 'Europe/London', // last Sunday of October
    from: '02:00',
    to: '01:00',
    at: ['2026-10-25T01:00Z', '2027-10-31T01:00Z', '2028-10-29T01:00Z', '2029-10-28T01:00Z', '2030-10-27T01:00Z'],
  },
  {
    zone: 'America/New_York', // second Sunday of March
    from: '02:00',
    to: '03:00',
    at: ['2026-03-08T07:00Z', '2027-03-14T07:00Z', '2028-03-12T07:00Z', '2029-03-11T07:00Z', '2030-03-10T07:00Z'],
  },
  {
    zone: 'America/New_York', // first Sunday of November
    from: '02:00',
    to: '01:00',
    at: ['2026-11-01T06:00Z', '2027-11-07T06:00Z', '2028-11-05T06:00Z', '2029-11-04T06:00Z', '2030-11-03T06:00Z'],
  },
  {
    zone: 'Australia/Lord_Howe', // first Sunday of October, by half an hour
    from: '02:00',
    to: '02:30',
    at: ['2026-10-03T15:30Z', '2027-10-02T15:30Z', '2028-09-30T15:30Z', '2029-10-06T15:30Z', '2030-10-05T15:30Z'],
  },
  {
    zone: 'Australia/Lord_Howe', // first Sunday of April, by half an hour
    from: '02:00',
    to: '01:30',
    at: ['2026-04-04T15:00Z', '2027-04-03T15:00Z', '2028-04-01T15:00Z', '2029-03-31T15:00Z', '2030-04-06T15:00Z'],
  },
];

const clockTime = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
const minutesAfter = (instant: string, minutes: number) =>
  new Date(Date.parse(instant) + minutes * 60_000).toISOString().replace(':00.000Z', 'Z');
const changesGoing = (direction: 'forward' | 'back') =>
  changes
    .filter(({ from, to }) => (direction === 'forward') === from < to)
    .flatMap(({ zone, from, to, at }) => {
      const jump = Math.abs(minutesOf(to) - minutesOf(from));
      const middle = clockTime((minutesOf(from) + minutesOf(to)) / 2);
      return at.map((instant) => ({ zone, from, to, jump, middle, at: instant }));
    });

describe.each(changesGoing('forward'))(
  'when the clocks of $zone go forward from $from to $to at $at',
  ({ zone, from, to, jump, middle, at }) => {
    test('a window that closes in the skipped time closes when the clocks change', () => {
      expect(told(daily(`00:30-${middle}`), zone, minutesAfter(at, -20))).toBe(`open until ${at}`);
    });
    test('a window that closes as the skipped time begins closes then', () => {
      expect(told(daily(`00:30-${from}`), zone, minutesAfter(at, -20))).toBe(`open until ${at}`);
    });
    test('a window that closes as the skipped time ends closes when the clocks change', () => {
      expect(told(daily(`00:30-${to}`), zone, minutesAfter(at, -20))).toBe(`open until ${at}`);
    });
    test('a window that opens in the skipped time opens when the clocks change', () => {
      expect(told(daily(`${middle}-05:00`), zone, minutesAfter(at, -20))).toBe(`closed until ${at}`);
      expect(told(daily(`${middle}-05:00`), zone, at)).toBe(`open until ${minutesAfter(at, 300 - minutesOf(to))}`);
    });
    test('a window within the skipped time does not open that day', () => {
      expect(told(daily(`${from}-${middle}`), zone, minutesAfter(at, -20))).toBe(`closed until ${minutesAfter(at, 1440 - jump)}`);
    });
    test('a window around the skipped time is open that much shorter, without a break', () => {
      expect(told(daily('00:30-05:00'), zone, minutesAfter(at, -20))).toBe(`open until ${minutesAfter(at, 300 - minutesOf(to))}`);
    });
    test('a window of the night before closes by the new time', () => {
      expect(told(daily('20:00-06:00'), zone, minutesAfter(at, -240))).toBe(`open until ${minutesAfter(at, 360 - minutesOf(to))}`);
    });
    test('hours that open later that day open by the new time', () => {
      expect(told(daily('08:00-18:00'), zone, minutesAfter(at, -20))).toBe(`closed until ${minutesAfter(at, 480 - minutesOf(to))}`);
    });
    test('an exception that names a skipped time is refused, with an explanation', () => {
      const date = new Date(Date.parse(at) + 12 * 3_600_000).toISOString().slice(0, 10);
      const explained = (window: string, time: string) =>
        `exception ${date}: ${window} names ${time} on ${date}, which does not exist in ${zone} (the clocks go from ${from} to ${to})`;
      expect(findHoursMistakes(onlyOn(date, `00:30-${middle}`), zone)).toEqual([explained(`00:30-${middle}`, middle)]);
      expect(findHoursMistakes(onlyOn(date, `${from}-12:00`), zone)).toEqual([explained(`${from}-12:00`, from)]);
      expect(findHoursMistakes(onlyOn(date, `00:30-${to}`, `${to}-12:00`), zone)).toEqual([]);
      expect(findHoursMistakes(daily(`00:30-${middle}`), zone)).toEqual([]);
    });
  },
);

describe.each(changesGoing('back'))('when the clocks of $zone go back from $from to $to at $at', ({ zone, from, to, jump, middle, at }) => {
  const half = jump / 2;
  test('a window that closes in the repeated time closes at its first pass', () => {
    expect(told(daily(`00:30-${middle}`), zone, minutesAfter(at, -jump))).toBe(`open until ${minutesAfter(at, -half)}`);
  });
  test('and opens once more when the clocks change, until its second pass', () => {
    expect(told(daily(`00:30-${middle}`), zone, minutesAfter(at, -half))).toBe(`closed until ${at}`);
    expect(told(daily(`00:30-${middle}`), zone, at)).toBe(`open until ${minutesAfter(at, half)}`);
  });
  test('a window that opens in the repeated time opens at its first pass', () => {
    expect(told(daily(`${middle}-05:00`), zone, minutesAfter(at, -jump))).toBe(`closed until ${minutesAfter(at, -half)}`);
  });
  test('and closes when the clocks change, until its second pass', () => {
    expect(told(daily(`${middle}-05:00`), zone, minutesAfter(at, -half))).toBe(`open until ${at}`);
    expect(told(daily(`${middle}-05:00`), zone, at)).toBe(`closed until ${minutesAfter(at, half)}`);
  });
  test('a window that closes as the repeated time begins stays closed through both passes', () => {
    const closed = `closed until ${minutesAfter(at, 1440 - minutesOf(to) + 30)}`;
    expect(told(daily(`00:30-${to}`), zone, minutesAfter(at, -jump))).toBe(closed);
    expect(told(daily(`00:30-${to}`), zone, at)).toBe(closed);
  });
  test('a window that closes as the repeated time ends closes after the second pass', () => {
    expect(told(daily(`00:30-${from}`), zone, minutesAfter(at, -jump))).toBe(`open until ${minutesAfter(at, jump)}`);
  });
  test('a window around the repeated time is open that much longer, without a break', () => {
    expect(told(daily('00:30-05:00'), zone, minutesAfter(at, -jump))).toBe(`open until ${minutesAfter(at, 300 - minutesOf(to))}`);
  });
  test('a window of the night before closes by the new time', () => {
    expect(told(daily('20:00-06:00'), zone, minutesAfter(at, -240))).toBe(`open until ${minutesAfter(at, 360 - minutesOf(to))}`);
  });
  test('an exception that names a repeated time is accepted', () => {
    const date = new Date(Date.parse(at) + 12 * 3_600_000).toISOString().slice(0, 10);
    expect(findHoursMistakes(onlyOn(date, `${middle}-12:00`), zone)).toEqual([]);
  });
});

describe('where the clocks change at midnight', () => {
  test('a day that begins at 01:00 opens then, though its window says 00:00', () => {
    expect(told(onlyOn('2026-04-24', '00:00-24:00'), 'Africa/Cairo', '2026-04-23T21:00Z')).toBe('closed until 2026-04-23T22:00Z');
    expect(findHoursMistakes(onlyOn('2026-04-24', '00:00-24:00'), 'Africa/Cairo')).toEqual([]);
  });

  test('a closed day is dark at once; the evening it repeats is open again', () => {
    // Santiago goes from 24:00 on 4 April 2026 back to 23:00; here the 5th is closed and the evening of the 4th is not.
    const hours = except(daily('20:00-24:00'), '2026-04-05');
    expect(told(hours, 'America/Santiago', '2026-04-05T02:30Z')).toBe('open until 2026-04-05T04:00Z');
    expect(told(hours, 'America/Santiago', '2026-04-05T04:00Z')).toBe('closed until 2026-04-07T00:00Z');
  });

  test('a date that a country skips never comes', () => {
    // Samoa went from the 29th straight to the 31st of December 2011.
    expect(told(onlyOn('2011-12-30', '08:00-18:00'), 'Pacific/Apia', '2011-12-29T12:00Z')).toBe('closed until further notice');
    expect(told(daily('08:00-18:00'), 'Pacific/Apia', '2011-12-30T05:00Z')).toBe('closed until 2011-12-30T18:00Z');
  });
});

describe('mistakes in hours are explained', () => {
  test('none in hours that are fine', () => {
    expect(findHoursMistakes(except(daily('08:00-12:00', '12:00-18:00', '22:00-06:00'), '2026-12-25'), 'Europe/London')).toEqual([]);
  });

  test('the windows of one day that overlap', () => {
    expect(findHoursMistakes({ weekly: { mon: ['08:00-12:00', '11:59-13:00'] }, exceptions: [] }, 'Europe/London')).toEqual([
      'mon: 08:00-12:00 and 11:59-13:00 overlap; write them as one window',
    ]);
    expect(findHoursMistakes({ weekly: { fri: ['22:00-06:00', '23:00-23:30'] }, exceptions: [] }, 'Europe/London')).toEqual([
      'fri: 22:00-06:00 and 23:00-23:30 overlap; write them as one window',
    ]);
    expect(findHoursMistakes(onlyOn('2026-12-24', '08:00-12:00', '08:00-12:00'), 'Europe/London')).toEqual([
      'exception 2026-12-24: 08:00-12:00 and 08:00-12:00 overlap; write them as one window',
    ]);
  });

  test('a date that is listed twice', () => {
    expect(findHoursMistakes(except(onlyOn('2026-12-24', '08:00-12:00'), '2026-12-24'), 'Europe/London')).toEqual([
      'exception 2026-12-24: is listed twice; put all its windows in one exception',
    ]);
  });

  test('a skipped time on the morning into which an exception spills', () => {
    expect(findHoursMistakes(onlyOn('2026-03-28', '22:00-01:30'), 'Europe/London')).toEqual([
      'exception 2026-03-28: 22:00-01:30 names 01:30 on 2026-03-29, which does not exist in Europe/London (the clocks go from 01:00 to 02:00)',
    ]);
  });

  test.each(['Mars/Olympus', '', '+01:00', '+0100', 'Z', '2026-01-01T00:00[Europe/London]', 'Europe/London '])(
    'a time zone that is none: "%s"',
    (zone) => {
      const message = `"${zone}" is not a time zone; write a name of the IANA database, such as "Europe/London"`;
      expect(findHoursMistakes(daily('08:00-18:00'), zone)).toEqual([message]);
      expect(() => openingAt(daily('08:00-18:00'), zone, 0)).toThrow(new RangeError(message));
    },
  );

  test.each(['UTC', 'Etc/GMT+5', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires'])('a time zone that is one: %s', (zone) => {
    expect(findHoursMistakes(daily('08:00-18:00'), zone)).toEqual([]);
  });
});
