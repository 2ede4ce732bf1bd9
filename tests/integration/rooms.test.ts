import { systemClock } from '@peekaboo/shared/clock';
import type { Hold } from '@peekaboo/shared/hold';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Guard } from '../../apps/sfu/src/guard.ts';
import { type CameraConfig, Rooms } from '../../apps/sfu/src/rooms.ts';
import { Sfu } from '../../apps/sfu/src/sfu.ts';
import { Workers } from '../../apps/sfu/src/workers.ts';
import { until } from '../support/until.ts';

const nursery = 'willow-house';
const camera = (id: string, room: string): CameraConfig => ({ id, room, source: { kind: 'test-picture', label: room, kbps: 400 } });
const sunflowers = camera('sunflowers-1', 'sunflowers');
const hold: Hold = { id: 'h_AAAAAAAAAAAAAAAA', scope: { kind: 'room', nursery, room: 'bluebells' }, reason: 'r', by: 'director', at: 1 };

/** The SFU without signal, in this process. */
describe('rooms that come and go while the SFU runs', () => {
  let guard: Guard;
  let workers: Workers;
  let rooms: Rooms;
  let sfu: Sfu;

  beforeEach(async () => {
    const log = createLogger('test', 'silent');
    guard = new Guard(defaultPeriods.guard, log, () => undefined);
    const listen = [{ address: '127.0.0.1', announcedAddress: undefined }];
    workers = new Workers({ workers: 1, port: undefined, listen, periods: defaultPeriods }, guard, log);
    await workers.start();
    const heard = { onCamera: () => undefined, onCameraGone: () => undefined };
    rooms = new Rooms({ workers, timeZone: 'UTC', periods: defaultPeriods.view, clock: systemClock, log, ...heard });
    sfu = new Sfu(nursery, rooms, workers);
  });
  afterEach(async () => {
    await rooms.close();
    await workers.close();
    guard.close();
  });

  const isLive = (room: string) => rooms.get(room)?.cameras.every(({ state }) => state === 'live');
  const routers = async () => (await (await workers.get(0)).worker.dump()).routerIds.length;

  test('a camera that comes to a held room of which there was none here is paused at its source', async () => {
    await sfu.cut(hold);
    sfu.use([sunflowers, camera('bluebells-1', 'bluebells')]);
    await until('both are live', () => isLive('sunflowers') && isLive('bluebells'), 20_000);
    const flows = (room: string) =>
      rooms.get(room)?.cameras.flatMap(({ liveTracks }) => liveTracks.map(({ producer }) => !producer.paused));
    expect([flows('sunflowers'), flows('bluebells')]).toEqual([[true], [false]]);
  });

  test('the last camera of a room leaves nothing behind in the workers', async () => {
    sfu.use([sunflowers]);
    await until('it is live', () => isLive('sunflowers'), 20_000);
    const subject = { nursery, room: 'sunflowers', guardian: 'g_AAAAAAAAAAAAAAAA', pass: 'p_AAAAAAAAAAAAAAAA' };
    const closed: string[] = [];
    const events = { onConnected: () => undefined, onClosed: (_: unknown, reason: string) => void closed.push(reason) };
    await sfu.open({ id: 'v_AAAAAAAAAAAAAAAA', subject, validForMs: 60_000 }, 'signal', () => undefined, events);
    expect(await routers()).toBe(2);
    sfu.use([]);
    expect(closed).toEqual(['camera-changed']);
    await until('no router is left', async () => (await routers()) === 0);
  });
});
