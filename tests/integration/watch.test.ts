import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Credentials } from '@peekaboo/shared/proof';
import { workerBin } from 'mediasoup';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { resetsTcp } from '../../apps/sfu/src/resets-tcp.ts';
import { childrenOf } from '../support/processes.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

describe('watching', () => {
  let system: System;
  const viewers: HeadlessViewer[] = [];
  const connect = async (pass: Credentials) => {
    const viewer = await HeadlessViewer.connect(system.url, pass);
    viewers.push(viewer);
    return viewer;
  };
  const workers = () => childrenOf(system.sfu.pid).filter(({ command }) => command.includes('mediasoup-worker'));
  beforeAll(async () => {
    system = await System.start();
  });
  afterEach(() => {
    for (const viewer of viewers.splice(0)) viewer.close();
  });
  afterAll(() => system?.stop());

  test('a guardian sees a moving picture of a room in the pass', async () => {
    const viewer = await connect(await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
    await viewer.picture(); // and the next one, a keyframe interval later
    expect(viewer.packets).toBeGreaterThan(20);
  });

  test('a guardian is shown the rooms of the pass, and no others', async () => {
    const viewer = await connect(await system.pass('guardian', { rooms: ['bluebells'] }));
    await until('the rooms are shown', () => viewer.rooms);
    expect(viewer.rooms?.rooms.map(({ id, state }) => [id, state.state])).toEqual([['bluebells', 'open']]);
  });

  test('a room outside the pass, and one that does not exist, are refused alike', async () => {
    const viewer = await connect(await system.pass('guardian', { rooms: ['bluebells'] }));
    for (const room of ['sunflowers', 'no-such-room']) {
      const refusal = await viewer.watch(room).catch((error) => error);
      expect(refusal).toBeInstanceOf(PeekabooError);
      expect(refusal.code).toBe('ROOM_NOT_IN_PASS');
    }
  });

  test('the offer hides nothing: ICE-lite, one sendonly m-line, UDP and TCP on one port, no bandwidth estimation', async () => {
    const viewer = await connect(await system.pass('guardian'));
    await viewer.watch('sunflowers');
    expect(viewer.offer).toContain('a=ice-lite');
    expect(viewer.offer.match(/^m=/gm)).toHaveLength(1);
    expect(viewer.offer).toContain('a=msid:sunflowers-1');
    expect(viewer.offer).toMatch(/profile-level-id=42e01f/);
    expect(viewer.offer).not.toMatch(/transport-cc|goog-remb|extmap/);
    const candidates = [...viewer.offer.matchAll(/^a=candidate:\S+ 1 (udp|tcp) \d+ 127\.0\.0\.1 (\d+)/gm)];
    expect(candidates.map(([, protocol]) => protocol).sort()).toEqual((await resetsTcp(workerBin)) ? ['tcp', 'udp'] : ['udp']);
    expect(new Set(candidates.map(([, , port]) => port)).size).toBe(1);
  });

  test('staff see how many watch each room, and the count falls when a guardian leaves', async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const [first, second] = [await connect(await system.pass('guardian')), await connect(await system.pass('guardian'))];
    await Promise.all([first.watch('sunflowers'), second.watch('sunflowers')]);
    await until('two viewers are counted', () => staff.viewersIn('sunflowers') === 2);
    first.close();
    await until('one viewer is counted', () => staff.viewersIn('sunflowers') === 1);
    staff.close();
  });

  test('many who join a room at the same moment share one viewing router, and all see the picture', async () => {
    const joining = await Promise.all(Array.from({ length: 20 }, async () => connect(await system.pass('guardian'))));
    await Promise.all(joining.map((viewer) => viewer.watch('bluebells')));
    await Promise.all(joining.map((viewer) => viewer.picture()));
  });

  test('from the click to the first keyframe takes at most 1.5 s for 95 % of clicks', async () => {
    const times: number[] = [];
    const click = async (room: string) => {
      const viewer = await connect(await system.pass('guardian'));
      const clickedAt = performance.now();
      await viewer.watch(room);
      await until('the first keyframe', () => viewer.keyframes > 0);
      times.push(performance.now() - clickedAt);
      viewer.close();
    };
    const parent = async (room: string) => {
      for (let count = 0; count < 5; count += 1) await click(room);
    };
    await Promise.all(['sunflowers', 'bluebells', 'sunflowers', 'bluebells'].map(parent));
    expect(times).toHaveLength(20);
    times.sort((a, b) => a - b);
    expect(times[Math.ceil(times.length * 0.95) - 1]).toBeLessThan(1_500);
  });

  test('a guardian has at most as many views as the nursery allows', async () => {
    const pass = await system.pass('guardian', { sub: 'g_AAAAAAAAAAAAAAAA' });
    const devices = await Promise.all(Array.from({ length: 5 }, () => connect(pass)));
    for (const device of devices.slice(0, 4)) await device.watch('sunflowers');
    const refusal = await devices[4]?.watch('sunflowers').catch((error) => error);
    expect(refusal.code).toBe('TOO_MANY_VIEWS');
  });

  test('when the pass runs out while watching, the picture ends on time', async () => {
    const viewer = await connect(await system.pass('guardian', { validForSeconds: 5 }));
    await viewer.watch('sunflowers');
    await viewer.picture();
    await until('the view is closed', () => viewer.closed.length > 0, 8_000);
    expect(viewer.closed[0]?.reason).toBe('expired');
    const { packets } = viewer;
    await new Promise((resolve) => setTimeout(resolve, 500)); // nothing must happen, so there is no condition to wait for
    expect(viewer.packets).toBe(packets);
  });

  test('when the pass runs out while the SFU stands still, the page is told why before its connection ends', async () => {
    const viewer = await connect(await system.pass('guardian', { validForSeconds: 5 }));
    await viewer.watch('sunflowers');
    await viewer.picture();
    system.sfu.kill('SIGSTOP');
    try {
      await until('its connection is ended', () => !viewer.socket.connected);
      expect(viewer.closed[0]?.reason).toBe('expired');
    } finally {
      system.sfu.kill('SIGCONT');
    }
    // The guard has killed the workers; they are replaced.
    const next = await connect(await system.pass('guardian'));
    const mayWatch = () =>
      next.watch('sunflowers').then(
        () => true,
        () => false,
      );
    await until('pictures are back', mayWatch);
    await next.picture();
    await until('both workers are', () => workers().length === 2);
  });

  test('a killed media worker is replaced, and the guardian can watch again', async () => {
    const viewer = await connect(await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
    expect(workers()).toHaveLength(2);
    for (const { pid } of workers()) process.kill(pid, 'SIGKILL');
    await until('the view is closed', () => viewer.closed.length > 0, 3_000);
    await until('the loss is shown', () => viewer.stateOf('sunflowers') === 'camera-not-live');
    await until('the room is open again', () => viewer.stateOf('sunflowers') === 'open');
    await viewer.watch('sunflowers');
    await viewer.picture();
  });
});
