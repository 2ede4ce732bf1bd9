import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alwaysOpen, nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const camera = (id: string, room: string) => ({ id, room, kind: 'test-picture' });
const [sunflowers, bluebells] = [
  { id: 'sunflowers', name: 'Sunflowers' },
  { id: 'bluebells', name: 'Bluebells' },
];
const whole = nurseryConfig();
const never = { weekly: {} };

describe('the configuration edited while guardians watch', () => {
  let system: System;
  let viewer: HeadlessViewer;
  let other: HeadlessViewer;

  const watching = async (room: string) => {
    const one = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await one.watch(room);
    await one.picture();
    return one;
  };
  /** As editors do it: a new file takes the place of the old. */
  const write = (content: string) => {
    writeFileSync(join(system.dataFolder, 'new.yaml'), content);
    renameSync(join(system.dataFolder, 'new.yaml'), join(system.dataFolder, 'peekaboo.yaml'));
  };
  const edit = (change: object) => write(JSON.stringify({ ...whole, ...change }));
  const noticedNothing = async () => {
    await other.picture();
    expect(other.closed).toEqual([]);
  };

  beforeEach(async () => {
    system = await System.start({ config: whole });
    [viewer, other] = await Promise.all([watching('sunflowers'), watching('bluebells')]);
  });
  afterEach(async () => {
    for (const each of [viewer, other]) each.close();
    await system.stop();
  });

  test('other hours count for those who watch; the ledger says that the file changed', async () => {
    edit({
      rooms: [
        { ...sunflowers, hours: never },
        { ...bluebells, hours: alwaysOpen },
      ],
    });
    await until('the guardian is told', () => viewer.closed[0]?.reason === 'expired');
    await until('the room is shown as closed', () => viewer.stateOf('sunflowers') === 'closed');
    await until('it is dark', () => performance.now() - viewer.lastPacketAt > 300);
    const { packets } = viewer;
    await noticedNothing();
    expect(viewer.packets).toBe(packets);
    expect(readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8')).toMatch(
      /"detail":\{"rooms":\["sunflowers"\]\},.*"config.changed"/,
    );
    edit({});
    await until('the room is shown as open', () => viewer.stateOf('sunflowers') === 'open');
    await viewer.watch('sunflowers');
    await viewer.picture();
  });

  test('a room that is gone is closed', async () => {
    edit({ rooms: [{ ...bluebells, hours: alwaysOpen }], cameras: [camera('bluebells-1', 'bluebells')] });
    await until('the guardian is told', () => viewer.closed.length > 0);
    await until('the room is not shown', () => viewer.rooms?.rooms.map(({ id }) => id).join() === 'bluebells');
    await expect(viewer.watch('sunflowers')).rejects.toMatchObject({ code: 'ROOM_NOT_IN_PASS' });
    await noticedNothing();
  });

  test('a camera that is gone ends the views that carry it, at once and for good', async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    edit({ cameras: [camera('bluebells-1', 'bluebells')] });
    await until('the guardian is told', () => viewer.closed[0]?.reason === 'camera-changed');
    const { packets } = viewer;
    await until('the room has no picture', () => viewer.stateOf('sunflowers') === 'camera-not-live');
    await expect(viewer.watch('sunflowers')).rejects.toMatchObject({ code: 'CAMERA_NOT_LIVE' });
    await noticedNothing();
    expect(viewer.packets).toBe(packets);
    await until('staff see none', () => staff.nursery?.rooms.find(({ id }) => id === 'sunflowers')?.cameras.length === 0);
    edit({});
    await until('the room is shown as open', () => viewer.stateOf('sunflowers') === 'open', 20_000);
    await viewer.watch('sunflowers');
    await viewer.picture();
    await noticedNothing();
    staff.close();
  });

  test('one of two cameras goes: the view ends, and the next has the other alone', async () => {
    edit({ cameras: [...whole.cameras, camera('sunflowers-2', 'sunflowers')] });
    await until('the view without the new camera ends', () => viewer.closed[0]?.reason === 'camera-changed', 20_000);
    await viewer.watch('sunflowers');
    expect(viewer.offer.match(/^m=video/gm)).toHaveLength(2);
    await viewer.picture();
    edit({});
    await until('the view ends', () => viewer.closed[1]?.reason === 'camera-changed');
    await viewer.watch('sunflowers');
    expect(viewer.offer.match(/^m=video/gm)).toHaveLength(1);
    await viewer.picture();
    await noticedNothing();
  });

  test('a camera that moves to another room is seen there, and not here any more', async () => {
    edit({ cameras: [camera('sunflowers-1', 'bluebells'), camera('bluebells-1', 'bluebells')] });
    await until('the guardian is told', () => viewer.closed[0]?.reason === 'camera-changed');
    await until('the room has no picture', () => viewer.stateOf('sunflowers') === 'camera-not-live');
    await until('the other room has it', () => other.closed[0]?.reason === 'camera-changed', 20_000);
    await other.watch('bluebells');
    expect(other.offer.match(/^m=video/gm)).toHaveLength(2);
  });

  test('a broken file is one line in each log, with its place; what was in force stays, until the file is good', async () => {
    write('nursery:\n  id: willow-house\n  nmae: Willow House\n');
    const complaint = /peekaboo\.yaml:3: unknown key.*nursery\.nmae.*The configuration before it stays in force/;
    await until('both say so', () => [system.signal, system.sfu].every(({ output }) => complaint.test(output)));
    await new Promise((resolve) => setTimeout(resolve, 4_500)); // two more looks at it
    for (const { output } of [system.signal, system.sfu]) expect(output.match(/stays in force/g)).toHaveLength(1);
    await viewer.picture();
    await noticedNothing();
    edit({ rooms: [sunflowers, bluebells].map((room) => ({ ...room, hours: never })) });
    await until('the good file counts', () => viewer.closed[0]?.reason === 'expired');
  });

  test('what cannot change while it runs is said in a line', async () => {
    edit({ viewsPerGuardian: 2, sfu: { ...whole.sfu, port: 44_400 } });
    await until('signal says so', () => /viewsPerGuardian changed; that counts after a restart only/.test(system.signal.output));
    await until('the SFU says so', () => /sfu changed; that counts after a restart only/.test(system.sfu.output));
    edit({ nursery: { ...whole.nursery, id: 'oak-house' } });
    await until('signal says so', () => /nursery\.id cannot change while signal runs.*stays in force/.test(system.signal.output));
    await until('the SFU says so', () => /nursery\.id cannot change while the SFU runs.*stays in force/.test(system.sfu.output));
    await viewer.picture();
    await noticedNothing();
  });
});
