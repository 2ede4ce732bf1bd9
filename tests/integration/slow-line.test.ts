import { readFileSync } from 'node:fs';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { workerBin } from 'mediasoup';
import { afterEach, describe, expect, test } from 'vitest';
import { Capture, canCapture, isMedia } from '../support/capture.ts';
import { exactClock } from '../support/exact-clock.ts';
import { canMakeLinks, LossyLink } from '../support/lossy-link.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { alwaysOpen, nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const viewers = 8;
/** A worker that was downloaded ready-made lets what the kernel does not take wait where a cut does not reach it. */
const keepsNothing = readFileSync(workerBin).includes('peekaboo: packets of a picture go together');

/** What the kernel takes of a socket before it has sent it, and one call of packets more: this much is out of everybody's hands. */
const kernelBytes = Number(readFileSync('/proc/sys/net/core/wmem_default', 'utf8')) + 65_507;

describe.skipIf(!canCapture() || !canMakeLinks || !keepsNothing)('on a line', { timeout: 90_000 }, () => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });

  /** Some watch a room over a line that carries so much. */
  async function watch({ lineKbps, pictureKbps }: { lineKbps: number; pictureKbps: number }) {
    const link = await LossyLink.start({ mediaKbps: lineKbps });
    undo.push(() => link.close());
    const ports = mediaPorts();
    const system = await System.start({
      link,
      config: nurseryConfig({
        rooms: [{ id: 'sunflowers', name: 'Sunflowers', hours: alwaysOpen }],
        cameras: [{ id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture', kbps: pictureKbps }],
        sfu: { port: ports[0], workers: 1, listenAddresses: [link.mediaAddress] },
        trustProxy: [link.network],
      }),
    });
    undo.push(() => system.stop());
    const watching = await Promise.all(
      Array.from({ length: viewers }, async () => HeadlessViewer.connect(system.url, await system.pass('guardian'))),
    );
    undo.push(() => watching.map((viewer) => viewer.close()));
    const capture = await Capture.start(ports, { device: link.mediaInterface, towards: link.mediaAddress });
    undo.push(() => capture.stop());
    for (const viewer of watching) await viewer.watch('sunflowers');
    return { system, watching, capture };
  }

  test('that carries a third of the pictures, a cut ends all that waits for it', async () => {
    const lineKbps = 6_000;
    const { system, watching, capture } = await watch({ lineKbps, pictureKbps: 2_000 });
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    undo.push(() => staff.close());
    const received = () => watching.reduce((sum, { packets }) => sum + packets, 0);
    await until('it has carried what it can for some seconds', () => received() > 3_000, 30_000);
    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    const acknowledgedAt = exactClock();
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: viewers });
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // silence is what is to be seen
    const media = (await capture.stop()).filter(isMedia);
    const late = media.filter(({ at }) => at > acknowledgedAt);
    const lastMs = Math.max(0, ...late.map(({ at }) => at - acknowledgedAt));
    console.log(`${late.length} of ${media.length} packets came after the answer, the last after ${lastMs.toFixed(0)} ms`);
    expect(lastMs).toBeLessThan(((kernelBytes * 8) / lineKbps) * 1.5);
  });

  test('that carries the pictures, but not a keyframe for everybody at once, no packet is lost', async () => {
    const { watching } = await watch({ lineKbps: 45_000, pictureKbps: 4_000 });
    await until('everybody has watched for some keyframes', () => watching.every(({ packets }) => packets > 3_000), 60_000);
    // What all of them lack was lost before this line.
    const lost = watching.map(({ lostPackets }) => lostPackets);
    expect(lost.map((each) => each - Math.min(...lost))).toEqual(lost.map(() => 0));
  });
});
