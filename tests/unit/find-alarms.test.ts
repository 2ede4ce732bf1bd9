import type { Alarm } from '@peekaboo/shared/alarm';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { describe, expect, test } from 'vitest';
import { Alarms } from '../../apps/signal/src/alarms.ts';
import { type Conditions, findAlarms } from '../../apps/signal/src/find-alarms.ts';
import { alarmSaying } from '../../apps/viewer/src/ui/alarm-words.ts';

const now = Date.parse('2026-11-23T14:00:00Z');
const well: Conditions = {
  ...{ ledgerUnwritableMs: undefined, storeAnswers: true, storeWentBackAt: undefined, holdUnsavedSince: undefined },
  ...{ durabilityGaps: [], sfus: [{ id: 'sfu-1', trouble: undefined, pass: undefined }], periods: defaultPeriods, now },
};
const find = (changed: Partial<Conditions>) => findAlarms({ ...well, ...changed });
const kinds = (changed: Partial<Conditions>) => find(changed).map(({ kind }) => kind);
const dark = { id: 'sfu-1', trouble: { kind: 'sfu-dark', since: now - 5_000 }, pass: undefined } as const;
const day = 86_400_000;

describe('what somebody has to look after', () => {
  test('is nothing when all is well', () => {
    expect(find({})).toEqual([]);
  });

  test('a ledger that cannot be written says when open views end', () => {
    expect(find({ ledgerUnwritableMs: 4_000 })).toEqual([{ kind: 'ledger-unwritable', since: now - 4_000, viewsEndAt: now + 7_800 }]);
  });

  test('an SFU without a lease is named, unless no SFU can have one', () => {
    expect(find({ sfus: [dark] })).toEqual([{ kind: 'sfu-dark', sfu: 'sfu-1', since: now - 5_000 }]);
    expect(kinds({ sfus: [dark], storeAnswers: false })).toEqual(['store-gone']);
    expect(kinds({ sfus: [dark], holdUnsavedSince: now })).toEqual(['hold-unsaved']);
    expect(kinds({ sfus: [dark], ledgerUnwritableMs: 9_000 })).toEqual(['ledger-unwritable', 'sfu-dark']);
    expect(kinds({ sfus: [dark], ledgerUnwritableMs: 11_000 })).toEqual(['ledger-unwritable']);
    const lost = { id: 'sfu-2', trouble: { kind: 'sfu-lost', since: now }, pass: undefined } as const;
    expect(kinds({ sfus: [dark, lost], storeAnswers: false })).toEqual(['store-gone', 'sfu-lost']);
  });

  test('a store that went back is shown for a day', () => {
    expect(kinds({ storeWentBackAt: now - day + 1 })).toEqual(['store-went-back']);
    expect(kinds({ storeWentBackAt: now - day })).toEqual([]);
  });

  test('the pass of an SFU is looked after a week before it ends, a short one when a tenth of it is left', () => {
    const of = (lastsMs: number, leftMs: number) => {
      const pass = { issuedAt: now + leftMs - lastsMs, endsAt: now + leftMs };
      return find({ sfus: [{ id: 'sfu-1', trouble: undefined, pass }] });
    };
    expect(of(90 * day, 7 * day)).toEqual([]);
    expect(of(90 * day, 7 * day - 1)).toEqual([{ kind: 'sfu-pass-ending', sfu: 'sfu-1', since: now, endsAt: now + 7 * day - 1 }]);
    expect(of(day, day / 10)).toEqual([]);
    expect(of(day, day / 10 - 1)).toHaveLength(1);
  });

  test('is raised once, keeps the time at which it began, and is over when its cause is', async () => {
    let found: Alarm[] = [];
    let changes = 0;
    const alarms = new Alarms({ look: async () => found, onChange: () => (changes += 1), log: createLogger('test', 'silent') });
    await alarms.look();
    expect([alarms.raised, changes]).toEqual([[], 0]);
    for (const passed of [0, 500, 1_000]) {
      found = [{ kind: 'store-gone', since: now + passed }];
      await alarms.look();
      expect([alarms.raised, changes]).toEqual([[{ kind: 'store-gone', since: now }], 1]);
    }
    found = [];
    await alarms.look();
    expect([alarms.raised, changes]).toEqual([[], 2]);
  });

  test('is told to staff in the time of their own clock, with whom to call', () => {
    const frame = { now, timeZone: 'Europe/Berlin', hereZone: 'Europe/Berlin' };
    const saying = alarmSaying({ kind: 'ledger-unwritable', since: now - 4_000, viewsEndAt: now + 8_000 }, frame);
    expect(saying.title).toBe('No one new can watch, and at 15:00:08 every picture goes dark');
    expect(saying.text).toMatch(/^Since 14:59\. .*Call whoever looks after the server/);
    const later = { ...frame, now: now + 9_000 };
    expect(alarmSaying({ kind: 'ledger-unwritable', since: now - 4_000, viewsEndAt: now + 8_000 }, later).title).toBe(
      'No picture may be shown',
    );
  });
});
