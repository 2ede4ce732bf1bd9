import { readdirSync } from 'node:fs';
import { systemClock } from '@peekaboo/shared/clock';
import type { Hold } from '@peekaboo/shared/hold';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { observer } from 'mediasoup';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Guard } from '../../apps/sfu/src/guard.ts';
import { type CameraConfig, Rooms } from '../../apps/sfu/src/rooms.ts';
import { Sfu } from '../../apps/sfu/src/sfu.ts';
import { Workers } from '../../apps/sfu/src/workers.ts';
import { childrenOf } from '../support/processes.ts';
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
  let listen: { address: string; announcedAddress: undefined }[];

  beforeEach(async () => {
    const log = createLogger('test', 'silent');
    guard = new Guard(defaultPeriods.guard, log, () => undefined);
    listen = [{ address: '127.0.0.1', announcedAddress: undefined }];
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

  test('the first view of a room, being opened for one signal, is not in the way of another that is lost', async () => {
    sfu.use([sunflowers]);
    await until('it is live', () => isLive('sunflowers'), 20_000);
    const subject = { nursery, room: 'sunflowers', guardian: 'g_AAAAAAAAAAAAAAAA', pass: 'p_AAAAAAAAAAAAAAAA' };
    const events = { onConnected: () => undefined, onClosed: () => undefined };
    const opening = sfu.open({ id: 'v_AAAAAAAAAAAAAAAA', subject, validForMs: 60_000 }, 'a signal', () => undefined, events);
    sfu.closeLink('another signal', 'link-lost');
    await expect(opening).resolves.toMatch(/^v=0/);
  });

  const mediaWorkers = () => childrenOf(process.pid).filter(({ command }) => command.includes('mediasoup-worker'));
  const files = () => readdirSync('/proc/self/fd').length;
  const kill = async () => {
    const { worker } = await workers.get(0);
    process.kill(worker.pid, 'SIGKILL');
    await until('it is seen to be dead', () => worker.closed);
  };

  test('a media worker that dies is replaced where an address is gone since, by what is left', async () => {
    listen.push({ address: '203.0.113.7', announcedAddress: undefined });
    await kill();
    await until('there is another', () => workers.isUp(0), 5_000);
    expect(mediaWorkers().length).toBe(1);
  });

  test('a media worker that cannot be started is tried again, and leaves neither a process nor an open file behind', async () => {
    const before = files();
    listen.splice(0, 1, { address: '203.0.113.7', announcedAddress: undefined });
    await kill();
    let tries = 0;
    const tried = new Set<number>();
    await until(
      'it was tried three times',
      () => {
        for (const { pid } of mediaWorkers()) tried.add(pid);
        tries = tried.size;
        return tries >= 3;
      },
      15_000,
    );
    listen.splice(0, 1, { address: '127.0.0.1', announcedAddress: undefined });
    await until('it is there', () => workers.isUp(0), 5_000);
    expect(mediaWorkers().length).toBe(1);
    expect(files()).toBeLessThan(before + 20);
    const { worker } = await workers.get(0);
    expect(mediaWorkers()[0]?.pid).toBe(worker.pid);
  });

  test('a media worker that hangs while it starts is replaced', async () => {
    const started: number[] = [];
    const hangs = ({ pid }: { pid: number }) => {
      if (started.push(pid) === 1) process.kill(pid, 'SIGSTOP');
    };
    observer.on('newworker', hangs);
    await kill();
    await until('there is another', () => started.length === 2 && workers.isUp(0), 10_000);
    observer.off('newworker', hangs);
    expect(mediaWorkers().map(({ pid }) => pid)).toEqual([started[1]]);
  });

  test('a view that is being opened while another camera comes is refused, rather than without it for good', async () => {
    sfu.use([sunflowers]);
    await until('it is live', () => isLive('sunflowers'), 20_000);
    const { worker } = await workers.get(0);
    const gate = Promise.withResolvers<void>();
    worker.observer.on('newrouter', (router) => {
      const create = router.createWebRtcTransport.bind(router);
      router.createWebRtcTransport = async (options) => {
        await gate.promise;
        return create(options);
      };
    });
    const subject = { nursery, room: 'sunflowers', guardian: 'g_AAAAAAAAAAAAAAAA', pass: 'p_AAAAAAAAAAAAAAAA' };
    const events = { onConnected: () => undefined, onClosed: () => undefined };
    const open = (id: string) => sfu.open({ id, subject, validForMs: 60_000 }, 'signal', () => undefined, events);
    const first = open('v_AAAAAAAAAAAAAAAA').catch((error) => error);
    sfu.use([sunflowers, camera('sunflowers-2', 'sunflowers')]);
    await until('both are live', () => isLive('sunflowers'), 20_000);
    gate.resolve();
    expect(await first).toMatchObject({ code: 'CAMERA_NOT_LIVE' });
    expect((await open('v_BBBBBBBBBBBBBBBB')).match(/^m=video/gm)).toHaveLength(2);
  });
});
