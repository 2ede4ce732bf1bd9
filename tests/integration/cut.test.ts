import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Capture, canCapture, isMedia } from '../support/capture.ts';
import { exactClock } from '../support/exact-clock.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

describe('a cut', () => {
  let system: System;
  let staff: StaffPage;
  let viewers: HeadlessViewer[] = [];

  beforeEach(async () => {
    system = await System.start();
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
  });
  afterEach(async () => {
    for (const viewer of viewers) viewer.close();
    viewers = [];
    staff.close();
    await system.stop();
  });

  const watch = async (room: string, count: number) => {
    const joining = Array.from({ length: count }, async () => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      viewers.push(viewer);
      await viewer.watch(room);
      await viewer.picture();
      return viewer;
    });
    return Promise.all(joining);
  };

  test('of a room ends its pictures, says so with a confirmed receipt, and leaves the other room alone', async () => {
    const sunflowers = await watch('sunflowers', 3);
    const [bluebell] = await watch('bluebells', 1);
    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    expect(receipt).toMatchObject({ state: 'confirmed', durable: true, viewsClosed: 3 });
    expect(receipt.acknowledgements).toMatchObject([{ sfu: 'sfu-1', state: 'dark', viewsClosed: 3 }]);

    const counts = sunflowers.map(({ packets }) => packets);
    await bluebell?.picture(); // a second of the other room's picture, in which nothing may come from this one
    expect(sunflowers.map(({ packets }) => packets)).toEqual(counts);
    await until('the viewers are told', () => sunflowers.every(({ closed }) => closed[0]?.reason === 'cut'));
    expect(bluebell?.closed).toEqual([]);
  });

  test('keeps the room dark for those who ask again, until it is lifted', async () => {
    const [viewer] = await watch('sunflowers', 1);
    const { hold } = await staff.cutRoom('sunflowers');
    await until('the room is shown as paused', () => viewer?.stateOf('sunflowers') === 'held');
    const refusal = await viewer?.watch('sunflowers').catch((error) => error);
    expect(refusal.code).toBe('HELD');

    await staff.lift(hold.id);
    await until('the room is shown as open', () => viewer?.stateOf('sunflowers') === 'open');
    await viewer?.watch('sunflowers');
    await viewer?.picture();
  });

  test('of everyone reaches every room', async () => {
    await watch('sunflowers', 2);
    await watch('bluebells', 2);
    const receipt = await staff.confirmed(staff.cut({ kind: 'nursery', nursery: 'willow-house' }));
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 4 });
    await until('nobody is counted', () => staff.viewersIn('sunflowers') === 0 && staff.viewersIn('bluebells') === 0);
  });

  test('of one guardian ends only theirs', async () => {
    const other = await watch('sunflowers', 1);
    const pass = await system.pass('guardian', { sub: 'g_BBBBBBBBBBBBBBBB' });
    const viewer = await HeadlessViewer.connect(system.url, pass);
    viewers.push(viewer);
    await viewer.watch('sunflowers');
    await viewer.picture();
    const receipt = await staff.confirmed(staff.cut({ kind: 'guardian', nursery: 'willow-house', guardian: 'g_BBBBBBBBBBBBBBBB' }));
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 1 });
    const { packets } = viewer;
    await other[0]?.picture();
    expect(viewer.packets).toBe(packets);
  });

  test('that overlaps another: lifting one leaves the other in force', async () => {
    const [viewer] = await watch('sunflowers', 1);
    const room = await staff.cutRoom('sunflowers');
    const everyone = await staff.cut({ kind: 'nursery', nursery: 'willow-house' });
    await staff.lift(room.hold.id);
    await until('one hold is left', () => staff.nursery?.holds.length === 1);
    const refusal = await viewer?.watch('sunflowers').catch((error) => error);
    expect(refusal.code).toBe('HELD');
    await staff.lift(everyone.hold.id);
    await viewer?.watch('sunflowers');
    await viewer?.picture();
  });

  test('of another nursery, or of all nurseries, is not for this staff', async () => {
    for (const scope of [{ kind: 'all' } as const, { kind: 'nursery', nursery: 'elsewhere' } as const]) {
      const refusal = await staff.cut(scope).catch((error) => error);
      expect(refusal.code).toBe('ROLE_NOT_ALLOWED');
    }
  });

  test('races with 30 who are joining: none of them sees a picture afterwards', async () => {
    await watch('sunflowers', 1);
    const joining = Array.from({ length: 30 }, async () => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      viewers.push(viewer);
      await viewer.watch('sunflowers').catch(() => undefined);
      return viewer;
    });
    await until('some are in', () => (staff.viewersIn('sunflowers') ?? 0) > 5);
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt.state).toBe('confirmed');
    const joined = await Promise.all(joining);
    const counts = joined.map(({ packets }) => packets);
    const [bluebell] = await watch('bluebells', 1);
    await bluebell?.picture();
    expect(joined.map(({ packets }) => packets)).toEqual(counts);
    await until('nobody is counted', () => staff.viewersIn('sunflowers') === 0);
  });

  test.skipIf(!canCapture())(
    'of 50 viewers: on the wire, the last media packet leaves within 20 ms of the order',
    { timeout: 90_000 },
    async () => {
      const watching = await watch('sunflowers', 50);
      const ports = [
        ...new Set(watching.flatMap(({ offer }) => [...offer.matchAll(/ udp \d+ 127\.0\.0\.1 (\d+)/g)].map(([, port]) => Number(port)))),
      ];
      const capture = await Capture.start(ports);
      await until('media is seen', () => watching.every(({ packets }) => packets > 10));
      await watching[0]?.picture();
      const orderedAt = exactClock();
      const receipt = await staff.cutRoom('sunflowers');
      const acknowledgedAt = exactClock();
      await new Promise((resolve) => setTimeout(resolve, 500)); // silence is what is to be seen
      const media = (await capture.stop()).filter(isMedia);

      expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 50 });
      expect(media.filter(({ at }) => at < orderedAt).length).toBeGreaterThan(50);
      const last = Math.max(...media.map(({ at }) => at));
      console.log(
        `last media packet ${(last - orderedAt).toFixed(1)} ms after the click, acknowledged after ${(acknowledgedAt - orderedAt).toFixed(1)} ms`,
      );
      expect(last - orderedAt).toBeLessThan(20);
      expect(media.filter(({ at }) => at > acknowledgedAt)).toEqual([]);
    },
  );
});
