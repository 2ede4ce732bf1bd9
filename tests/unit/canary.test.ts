import type { AddressInfo } from 'node:net';
import { parseConfig } from '@peekaboo/shared/config-file';
import { passClaims } from '@peekaboo/shared/pass';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { intruders, kinds } from '../../scripts/canary/kinds.ts';
import { CanaryMetrics } from '../../scripts/canary/metrics.ts';

const rooms = Array.from({ length: 300 }, (_, index) => `room-${index}`);
const { limits } = parseConfig('', 'f.yaml');

describe.for(kinds)('canaries of the kind %s, in a nursery of 300 rooms', (kind) => {
  const all = intruders(kind, { nursery: 'willow-house', rooms, now: Date.UTC(2026, 10, 24) });

  test('try each room once', () => {
    expect(all.flatMap(({ asksFor }) => asksFor).sort()).toEqual([...rooms].sort());
  });

  test('have passes that can be, and stay within the limits of a guardian, six rounds a minute', () => {
    const signIns = new Map<string, number>();
    for (const { pass, asksFor } of all) {
      expect(() => passClaims.shape.sub.parse(pass.sub)).not.toThrow();
      expect(() => passClaims.shape.rooms.parse(pass.rooms)).not.toThrow();
      expect(asksFor.length).toBeLessThanOrEqual(limits.asksOfGuardianPer10Seconds);
      signIns.set(pass.sub, (signIns.get(pass.sub) ?? 0) + 1);
    }
    for (const count of signIns.values()) expect(6 * count).toBeLessThanOrEqual(limits.signInsOfGuardianPerMinute);
  });
});

describe('how long ago the canary saw its check', () => {
  afterEach(() => void vi.useRealTimers());

  test('is told of the room where it is longest ago, and of no room that is gone', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const metrics = new CanaryMetrics();
    const server = await metrics.serve(0);
    const seconds = async () => {
      const text = await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`)).text();
      return Number(/seconds_since_conclusive\{kind="wrong-room"\} (.+)/.exec(text)?.[1]);
    };
    const refused = (room: string) => metrics.count('wrong-room', room, { state: 'refused', code: 'ROOM_NOT_IN_PASS' });
    try {
      metrics.use(['sun', 'sky']);
      vi.advanceTimersByTime(60_000);
      for (const room of ['sun', 'sky']) refused(room);
      vi.advanceTimersByTime(60_000);
      refused('sun');
      expect(await seconds()).toBe(60);
      metrics.use(['sun']);
      expect(await seconds()).toBe(0);
      metrics.use(['sun', 'moon']);
      vi.advanceTimersByTime(10_000);
      refused('sun');
      expect(await seconds()).toBe(10);
    } finally {
      server.close();
    }
  });
});
