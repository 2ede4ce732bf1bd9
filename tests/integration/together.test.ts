import { readFileSync } from 'node:fs';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { workerBin } from 'mediasoup';
import { afterEach, describe, expect, test } from 'vitest';
import { Capture, type CapturedPacket, type CaptureOptions, canCapture, isMedia, isRtcp } from '../support/capture.ts';
import { canMakeLinks, LossyLink } from '../support/lossy-link.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const viewers = 6;
const watchedPackets = 300;
/** A worker that was downloaded ready-made sends each packet alone. */
const sendsTogether = readFileSync(workerBin).includes('peekaboo: packets of a picture go together');

/** Several packets of one picture given to the kernel in one call. */
describe.skipIf(!canCapture() || !sendsTogether)('packets of a picture', { timeout: 60_000 }, () => {
  const undo: (() => unknown)[] = [];
  afterEach(async () => {
    for (const each of undo.splice(0).reverse()) await each();
  });

  /** Some watch a room; returns what was captured of it meanwhile, each datagram by itself. */
  async function watch(options: CaptureOptions & { sfuAddress?: string; link?: LossyLink } = {}): Promise<CapturedPacket[]> {
    const { sfuAddress = '127.0.0.1', link, ...more } = options;
    const ports = mediaPorts();
    const config = nurseryConfig({
      sfu: { port: ports[0], listenAddresses: [sfuAddress] },
      ...(link && { trustProxy: [link.network] }), // it is no loopback, and without TLS
    });
    const system = await System.start({ config, ...(link && { link }) });
    undo.push(() => system.stop());
    const all = await Promise.all(
      Array.from({ length: viewers }, async () => HeadlessViewer.connect(system.url, await system.pass('guardian'))),
    );
    undo.push(() => all.map((viewer) => viewer.close()));
    const capture = await Capture.start(ports, { ...more, whole: true });
    await Promise.all(
      all.map(async (viewer) => {
        const picture = viewer.picture();
        await viewer.watch('sunflowers');
        await picture;
      }),
    );
    await until('everybody has watched for a while', () => all.every(({ packets }) => packets > watchedPackets), 30_000);
    expect(all.map(({ lostPackets }) => lostPackets)).toEqual(all.map(() => 0));
    return (await capture.stop()).filter((packet) => isMedia(packet) && !isRtcp(packet));
  }

  test('go together where they can, and each viewer gets every one', async () => {
    const packets = await watch();
    const together = packets.filter(({ at, to }, index) => at === packets[index - 1]?.at && to === packets[index - 1]?.to);
    console.log(`${together.length} of ${packets.length} packets went in a call with the one before`);
    expect(together.length).toBeGreaterThan(packets.length / 10);
  });

  test.skipIf(!canMakeLinks)('go alone on a way that takes none of their length, and each viewer gets every one', async () => {
    const mtu = 1_000;
    const link = await LossyLink.start({ mediaMtu: mtu });
    undo.push(() => link.close());
    const packets = await watch({ link, sfuAddress: link.mediaAddress, device: link.mediaInterface, towards: link.mediaAddress });
    expect(packets.length).toBeGreaterThan(viewers * watchedPackets * 0.9); // of those that are cut up by IP, it sees the first part
    expect(Math.max(...packets.map(({ payload }) => payload.length))).toBeLessThan(mtu);
  });
});
