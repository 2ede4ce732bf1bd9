import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { Capture, isMedia } from '../support/capture.ts';
import { inspectable } from '../support/inspector.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import type { Fault } from './faults.ts';

export type When = 'before' | 'during' | 'after';
export const whens: When[] = ['before', 'during', 'after'];

/** The promises: P3, and P1 for what happens once a cut was acknowledged. */
export const boundMs = { before: 2_500, during: 2_500, after: 0 };

const viewerCount = 4;
/** How long the fault lasts, and how long it is watched after its end. */
const faultLastsMs = 4_000;
const watchedAfterwardsMs = 2_000;

/**
 * Lets one fault happen before, during or after one cut, in a system of its own, and captures every packet that leaves.
 * @returns the last media packet in milliseconds: after the order, or, for `after`, past its acknowledgement (0: none).
 */
export async function trial(fault: Fault, when: When): Promise<number> {
  const cameras = [{ id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture' }];
  const system = await System.start({ config: nurseryConfig({ cameras }), env: inspectable });
  const viewers: HeadlessViewer[] = [];
  const staff = await StaffPage.connect(system.url, await system.pass('staff', { validForSeconds: 86_400 }));
  let capture: Capture | undefined;
  try {
    for (let index = 0; index < viewerCount; index += 1) {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian', { validForSeconds: 86_400 }));
      viewers.push(viewer);
      await viewer.watch('sunflowers');
    }
    const ports = viewers.flatMap(({ offer }) => [...offer.matchAll(/ udp \d+ 127\.0\.0\.1 (\d+)/g)].map(([, port]) => Number(port)));
    capture = await Capture.start([...new Set(ports)]);
    await Promise.all(viewers.map((viewer) => viewer.picture()));

    if (when === 'before') {
      await fault.inject(system);
      await pause(300); // the system is to be broken for a moment already
    }
    const orderedAt = wallClock();
    const cut = staff.cutRoom('sunflowers').catch(() => undefined); // whether it gets through is not the question
    if (when === 'during') await fault.inject(system);
    const receipt = await Promise.race([cut, pause(faultLastsMs)]);
    const acknowledgedAt = wallClock();
    if (when === 'after') {
      if (receipt?.state !== 'confirmed') throw new Error('the cut was not confirmed before the fault');
      await fault.inject(system);
    }
    await pause(faultLastsMs - (when === 'after' ? 0 : wallClock() - orderedAt));
    fault.end?.(system);
    await pause(watchedAfterwardsMs);

    const media = (await capture.stop()).filter(isMedia);
    capture = undefined;
    if (!media.some(({ at }) => at < orderedAt)) throw new Error('no media was seen before the order');
    const last = Math.max(...media.map(({ at }) => at));
    return Math.max(0, last - (when === 'after' ? acknowledgedAt : orderedAt));
  } finally {
    await capture?.stop();
    fault.end?.(system);
    for (const viewer of viewers) viewer.close();
    staff.close();
    await system.stop();
    await until('the system is gone', () => system.signal.ended && system.sfu.ended);
  }
}

/** The clock by which packets are captured: milliseconds since the Unix epoch, finer than Date.now. */
function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(() => resolve(undefined), Math.max(0, ms)));
}
