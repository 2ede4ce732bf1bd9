import { createLogger } from '@peekaboo/shared/log';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SfuLink } from '../../apps/signal/src/sfu-link.ts';
import { SfuLinks } from '../../apps/signal/src/sfu-links.ts';

const hour = 3_600_000;
/** A line to an SFU that takes the sets of holds for which `takes` is true. */
const socket = (takes: (revision: number) => boolean = () => true) =>
  ({
    disconnect: () => undefined,
    timeout: () => ({
      emitWithAck: async (_: string, { revision }: { revision: number }) =>
        takes(revision) ? { ok: true, value: { revision } } : { ok: false, error: { code: 'REVISION_REGRESSED', remedy: '' } },
    }),
  }) as unknown as Parameters<SfuLink['connect']>[0];
/** Links it, and grants it a lease. */
const hold = async (link: SfuLink) => {
  link.connect(socket(), []);
  await link.sync({ revision: 1, holds: [] });
  link.grant(1);
};

describe('what signal knows of an SFU', () => {
  let time: number;
  let links: SfuLinks;
  const clock = { now: () => 1_000_000 + time, monotonic: () => time };

  beforeEach(() => {
    time = 0;
    links = new SfuLinks({ clock, log: createLogger('test', 'silent'), leaseMs: 1_800, forgetAfterMs: 24 * hour });
  });

  test('is kept for a day after it was lost, and then forgotten', () => {
    const line = socket();
    const link = links.of('sfu-1');
    link.connect(line, []);
    time = 100 * hour;
    links.forgetLost();
    expect(links.all).toEqual([link]);
    link.disconnect(line);
    time += 24 * hour - 1;
    links.forgetLost();
    expect(links.all).toEqual([link]);
    time += 1;
    links.forgetLost();
    expect(links.all).toEqual([]);
    expect(links.of('sfu-1')).not.toBe(link);
  });

  test('is trouble only once it has lasted for longer than a lease', () => {
    const line = socket();
    const link = links.of('sfu-1');
    link.connect(line, []);
    time = 1_799;
    expect(link.trouble).toBeUndefined();
    time = 1_800;
    expect(link.trouble).toEqual({ kind: 'sfu-dark', since: 1_000_000 });
    link.disconnect(line);
    expect(link.trouble).toEqual({ kind: 'sfu-lost', since: 1_000_000 });
  });

  test('is trouble also when it links and is lost again within less than a lease, since it last held one', async () => {
    const link = links.of('sfu-1');
    await hold(link);
    for (time = 1_000; time < 2_500; time += 500) {
      link.connect(socket(), []);
      expect(link.trouble).toBeUndefined();
    }
    for (; time < 10_000; time += 500) {
      const line = socket();
      link.connect(line, []);
      expect(link.trouble).toEqual({ kind: 'sfu-dark', since: 1_001_800 });
      link.disconnect(line);
      expect(link.trouble).toEqual({ kind: 'sfu-lost', since: 1_001_800 });
    }
  });

  test('is no trouble when it refuses a set of holds once, and trouble when it goes on refusing', async () => {
    const link = links.of('sfu-1');
    let newest = 2;
    link.connect(
      socket((revision) => revision >= newest),
      [],
    );
    const sync = (revision: number) => link.sync({ revision, holds: [] }).catch(() => undefined);
    await sync(1);
    expect(link.trouble).toBeUndefined();
    await sync(2);
    link.grant(2);
    newest = 3;
    await sync(2);
    time += 1_799;
    await sync(2);
    expect(link.trouble).toBeUndefined();
    time += 1;
    expect(link.trouble).toEqual({ kind: 'sfu-ahead-of-store', since: 1_000_000 });
    await sync(3);
    link.grant(3);
    expect(link.trouble).toBeUndefined();
  });

  test('is certainly dark only when its lease is over and a silence that its guard allows as well', async () => {
    const link = links.of('sfu-1');
    expect(link.darkInMs).toBe(0);
    await hold(link);
    expect(link.darkInMs).toBe(2_500);
    link.connect(socket(), []);
    expect([link.darkInMs, link.earlierDarkInMs]).toEqual([2_500, 2_500]);
    time = 2_499;
    expect(link.darkInMs).toBe(1);
    time = 2_500;
    expect(link.darkInMs).toBe(0);
  });

  test('an order speaks of a run before for as long as that can have left a picture', () => {
    const order = { id: 'h_AAAAAAAAAAAAAAAA', scope: { kind: 'all' }, reason: 'r', by: 's_AAAAAAAAAAAAAAAA', at: 0 } as const;
    time = 2_499;
    expect(links.orderCut(order)).toMatchObject([{ sfu: '*', darkByMs: 1 }]);
    time = 2_500;
    expect(links.orderCut(order)).toEqual([]);
  });
});
