import { readFileSync } from 'node:fs';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { workerBin } from 'mediasoup';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { RtspCamera } from '../support/rtsp-camera.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const keyframeEveryMs = 10_000;
const camera = { user: 'garden', password: 'secret', encoding: 'baseline', keyframeInterval: (15 * keyframeEveryMs) / 1_000 } as const;
/** A worker that was downloaded ready-made has no keyframe at hand. */
const hasGroups = readFileSync(workerBin).includes('peekaboo: a picture begins with the last keyframe');

describe.skipIf(!hasGroups)('of a camera with a keyframe in ten seconds', () => {
  let rtsp: RtspCamera;
  let system: System;
  const open: HeadlessViewer[] = [];

  beforeAll(async () => {
    rtsp = await RtspCamera.start(camera);
    const cameras = [
      {
        id: 'gate',
        room: 'sunflowers',
        kind: 'rtsp',
        address: rtsp.address,
        username: camera.user,
        passwordVariable: 'GATE_PASSWORD',
        sound: false,
      },
    ];
    system = await System.start({ config: nurseryConfig({ cameras }), env: { GATE_PASSWORD: camera.password } });
  });
  afterAll(async () => {
    for (const viewer of open) viewer.close();
    await system?.stop();
    await rtsp?.stop();
  });

  const connect = async () => {
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    open.push(viewer);
    return viewer;
  };
  const firstFrameMs = async (viewer: HeadlessViewer) => {
    const clickedAt = performance.now();
    const picture = viewer.picture();
    await viewer.watch('sunflowers');
    await picture;
    return performance.now() - clickedAt;
  };

  test('whoever comes sees a picture at once, the first viewer of the room and all others', async () => {
    const firstFrames: number[] = [];
    for (let count = 0; count < 8; count += 1) firstFrames.push(await firstFrameMs(await connect()));
    console.log(`first whole keyframe after ${firstFrames.map((ms) => ms.toFixed(0)).join(', ')} ms, with one in 10 s`);
    for (const ms of firstFrames) expect(ms).toBeLessThan(keyframeEveryMs / 10);
  });

  test('the picture goes on without a gap after what was sent again', async () => {
    const viewer = await connect();
    await firstFrameMs(viewer);
    viewer.longestGapMs = 0;
    const { packets } = viewer;
    await until('five seconds of packets', () => viewer.packets > packets + 75 * 3, 20_000);
    expect(viewer.longestGapMs).toBeLessThan(2_000); // with a keyframe in ten seconds it would be ten
  });

  test('nothing from before a cut is shown once it is lifted', { timeout: 40_000 }, async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const viewer = await connect();
    await firstFrameMs(viewer);
    await viewer.picture(keyframeEveryMs + 2_000); // the camera's own; the next is far off
    const { hold } = await staff.cutRoom('sunflowers');
    await staff.lift(hold.id);
    await until('the room is open', () => viewer.stateOf('sunflowers') === 'open');
    const picture = viewer.picture(keyframeEveryMs + 2_000);
    await viewer.watch('sunflowers');
    const { packets } = viewer;
    await expect(
      Promise.race([picture, new Promise((_, reject) => setTimeout(() => reject(new Error('not yet')), 2_000))]),
    ).rejects.toThrow('not yet');
    expect(viewer.packets).toBe(packets);
    await picture;
    staff.close();
  });
});
