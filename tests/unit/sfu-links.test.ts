import { createLogger } from '@peekaboo/shared/log';
import { beforeEach, describe, expect, test } from 'vitest';
import type { SfuLink } from '../../apps/signal/src/sfu-link.ts';
import { SfuLinks } from '../../apps/signal/src/sfu-links.ts';

const hour = 3_600_000;
/** A line over which nothing is sent here. */
const socket = () => ({ disconnect: () => undefined }) as unknown as Parameters<SfuLink['connect']>[0];

describe('what signal knows of an SFU', () => {
  let time: number;
  let links: SfuLinks;
  const clock = { now: () => 1_000_000 + time, monotonic: () => time };

  beforeEach(() => {
    time = 0;
    links = new SfuLinks({ clock, log: createLogger('test', 'silent'), leaseMs: 2_000, forgetAfterMs: 24 * hour });
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
    time = 1_999;
    expect(link.trouble).toBeUndefined();
    time = 2_000;
    expect(link.trouble).toEqual({ kind: 'sfu-dark', since: 1_000_000 });
    link.disconnect(line);
    expect(link.trouble).toBeUndefined();
    time = 5_000;
    expect(link.trouble).toEqual({ kind: 'sfu-lost', since: 1_002_000 });
  });
});
