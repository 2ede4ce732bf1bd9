import { describe, expect, test } from 'vitest';
import type { Entry, LedgerEvent, SignedHead } from '../../../apps/signal/src/audit/entry.ts';
import { reportWatching } from '../../../apps/signal/src/audit/report.ts';
import { asCsv, asTable } from '../../../apps/signal/src/audit/report-text.ts';

const zeros = '0'.repeat(64);
const at = (time: string) => Date.parse(`2026-11-23T${time}Z`);
const view = (name: string) => `v_${name.padEnd(16, 'x')}`;

/** Entries at these times; what chains them is of no interest to a report. */
function story(...lines: [time: string, event: LedgerEvent][]): Entry[] {
  return lines.map(
    ([time, event], index) =>
      ({ actor: null, subject: null, room: null, view: null, ...event, seq: index + 1, at: at(time), prev: zeros, hash: zeros }) as Entry,
  );
}
const step = (kind: 'view.admitted' | 'view.opened' | 'view.closed', name: string, guardian: string, detail: object, room = 'sun') =>
  ({ kind, actor: guardian, subject: 'p_AAAAAAAAAAAAAAAA', room, view: view(name), detail }) as LedgerEvent;
const admit = (name: string, guardian: string, room?: string) => step('view.admitted', name, guardian, { sfu: 'sfu-1' }, room);
const opened = (name: string, guardian: string, room?: string) => step('view.opened', name, guardian, {}, room);
const closed = (name: string, guardian: string, reason: string, room?: string) =>
  step('view.closed', name, guardian, { reason, connected: reason !== 'never-connected', seconds: 0 }, room);
const started = { kind: 'started', detail: { after: 'nothing' } } as const;
const head = (seq: number, time: string): SignedHead => ({ seq, hash: zeros, at: at(time), signature: 'a.b.c' });
const day = { from: at('00:00:00'), to: at('23:59:59') };

describe('who was watching, when', () => {
  const entries = story(
    ['08:00:00', started],
    ['09:00:00', admit('one', 'anna')],
    ['09:00:01', opened('one', 'anna')],
    ['09:05:00', admit('two', 'ben', 'moon')],
    ['09:05:01', opened('two', 'ben', 'moon')],
    ['09:10:01', closed('one', 'anna', 'left')],
    ['09:15:01', closed('two', 'ben', 'cut', 'moon')],
    ['09:20:00', admit('three', 'cleo')],
    ['09:20:20', closed('three', 'cleo', 'never-connected')],
    ['09:30:00', admit('four', 'dora')],
    ['09:30:01', opened('four', 'dora')],
  );
  const now = at('09:30:30');

  test('names everybody who had a picture, from when to when, and how it ended', () => {
    const rows = reportWatching({ entries, heads: [], ...day, now });
    expect(rows.map(({ guardian, room, from, end }) => [guardian, room, from, end])).toEqual([
      ['anna', 'sun', at('09:00:01'), { state: 'closed', at: at('09:10:01'), reason: 'left' }],
      ['ben', 'moon', at('09:05:01'), { state: 'closed', at: at('09:15:01'), reason: 'cut' }],
      ['dora', 'sun', at('09:30:01'), { state: 'open' }],
    ]);
  });

  test('answers for one room, and for a time of which views have only a part', () => {
    const names = (request: object) => reportWatching({ entries, heads: [], ...day, now, ...request }).map(({ guardian }) => guardian);
    expect(names({ room: 'moon' })).toEqual(['ben']);
    expect(names({ from: at('09:10:00'), to: at('09:10:30') })).toEqual(['anna', 'ben']);
    expect(names({ from: at('09:10:02'), to: at('09:12:00') })).toEqual(['ben']);
    expect(names({ from: at('08:00:00'), to: at('09:00:01') })).toEqual([]);
    expect(names({ from: at('09:16:00'), to: at('09:29:00') })).toEqual([]);
  });

  test('is a table, or CSV, with the seconds', () => {
    const rows = reportWatching({ entries, heads: [], ...day, now });
    expect(asTable(rows, now).split('\n')[1]).toMatch(
      /^anna +sun +2026-11-23T09:00:01\.000Z +2026-11-23T09:10:01\.000Z +600 +left +connected$/,
    );
    expect(asCsv(rows, now).split('\r\n')[3]).toBe('dora,sun,2026-11-23T09:30:01.000Z,,29,still open,connected');
  });

  test('of a view that was open when signal died: until it was certainly dark by its lease after the last sign of life', () => {
    const died = [...entries, ...story(['10:00:00', started]).map((entry) => ({ ...entry, seq: 12 }))];
    const ends = (heads: SignedHead[], all: Entry[], atTime: number) =>
      reportWatching({ entries: all, heads, ...day, now: atTime }).at(-1)?.end;
    // The entry before the new start is its last sign, or a head that was signed in between.
    expect(ends([], died, at('11:00:00'))).toEqual({ state: 'unknown', lastSign: at('09:30:01'), latest: at('09:31:03') + 500 });
    expect(ends([head(11, '09:45:00')], died, at('11:00:00'))).toEqual({
      state: 'unknown',
      lastSign: at('09:45:00'),
      latest: at('09:46:02') + 500,
    });
    // A signal that starts at once: the picture cannot have outlived the lease of the one before.
    expect(ends([head(11, '09:59:59')], died, at('11:00:00'))).toMatchObject({ latest: at('10:00:02') + 500 });
    // Nobody has started it again.
    expect(ends([head(11, '09:45:00')], entries, at('11:00:00'))).toMatchObject({ state: 'unknown', latest: at('09:46:02') + 500 });
    expect(ends([head(11, '09:45:00')], entries, at('09:45:30'))).toEqual({ state: 'open' });
  });

  test('has who was watching when the room was taken from them, whatever they sent meanwhile', () => {
    const rows = reportWatching({
      entries: story(
        ['08:00:00', started],
        ['09:00:00', admit('one', 'anna')],
        ['09:00:01', opened('one', 'anna')],
        ['09:30:00', closed('one', 'anna', 'not-admitted')],
      ),
      heads: [],
      ...day,
      now,
    });
    expect(rows).toMatchObject([{ guardian: 'anna', picture: 'connected', end: { state: 'closed', at: at('09:30:00') } }]);
  });

  test('says "possible" of a view that was admitted and of which no SFU could say more', () => {
    const rows = reportWatching({
      entries: story(['08:00:00', started], ['09:00:00', admit('one', 'anna')], ['09:00:02', closed('one', 'anna', 'link-lost')]),
      heads: [],
      ...day,
      now,
    });
    expect(rows).toMatchObject([
      { guardian: 'anna', picture: 'possible', from: at('09:00:00'), end: { state: 'closed', reason: 'link-lost' } },
    ]);
  });
});
