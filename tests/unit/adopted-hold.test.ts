import { systemClock } from '@peekaboo/shared/clock';
import type { Hold } from '@peekaboo/shared/hold';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { expect, test } from 'vitest';
import { Holds, type HoldsOptions } from '../../apps/signal/src/holds.ts';
import type { SfuLink } from '../../apps/signal/src/sfu-link.ts';
import { until } from '../support/until.ts';

const hold: Hold = {
  id: 'h_AAAAAAAAAAAAAAAA',
  scope: { kind: 'room', nursery: 'willow', room: 'sun' },
  reason: 'r',
  by: 's_AAAAAAAAAAAAAAAA',
  at: 7,
};

test('a store that fails just when an adopted hold turns out to be lifted is a line in the log, and no end of signal', async () => {
  const errors: unknown[] = [];
  process.on('unhandledRejection', (error) => errors.push(error));
  let reads = 0;
  const store = {
    addHold: async () => undefined, // it remembers that the hold was lifted
    holdSet: async () => {
      reads += 1;
      if (reads > 2) throw new Error('the store is gone');
      return { revision: 3, holds: [] };
    },
  };
  const log = createLogger('test', 'silent');
  const told: string[] = [];
  log.error = (_: unknown, words?: string) => void told.push(words ?? '');
  const holds = new Holds({
    ...{ store, edits: [], log, clock: systemClock, periods: defaultPeriods },
    ...{ ledger: { record: () => undefined }, sfuLinks: { orderCut: () => undefined, syncAll: async () => undefined } },
    ...{ onChange: () => undefined, onReceipt: () => undefined, sign: async () => '' },
  } as unknown as HoldsOptions);
  await holds.load();
  holds.adopt([hold], { id: 'sfu-1' } as SfuLink);
  await until('it is told', () => told.some((words) => /could not be read/.test(words)));
  expect(errors).toEqual([]);
});
