import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { workerBin } from 'mediasoup';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { resetsTcp } from '../../apps/sfu/src/resets-tcp.ts';
import { launchBrowser, openPage, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { Capture, canCapture, isMedia } from '../support/capture.ts';
import { exactClock } from '../support/exact-clock.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

const silenceMs = 1_500;
const pageGivesUpAfterMs = 6_000;

const ours = await resetsTcp(workerBin);

describe.skipIf(!canCapture() || !ours)('a viewer who has TCP alone, on a line that is stuck for a while', () => {
  let browser: Browser;
  let system: System;
  let relay: TcpRelay;
  let capture: Capture;
  let page: Page;
  let port: number;

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());
  beforeEach(async () => {
    port = mediaPorts()[0];
    relay = await TcpRelay.start(port);
    // So much that the buffers on the way are mostly full long before the page gives the picture up.
    const cameras = [{ id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture', kbps: 2_000 }];
    system = await System.start({ config: nurseryConfig({ sfu: { port, workers: 1 }, cameras }) });
    capture = await Capture.start([port]);
    page = await openPage(browser, 'about:blank');
    await page.addInitScript(onlyTcpTo, relay.port);
    await useLink(page, await system.link('guardian', { rooms: ['sunflowers'] }));
    // How large the kernel has made its buffers on the way is luck: a new connection has new ones.
    for (let tries = 1; !(await getsStuck()); tries += 1) {
      if (tries === 4) throw new Error('the line took all that was sent, four times');
      relay.flow();
      await page.reload();
    }
  }, 150_000);
  afterEach(async () => {
    await capture.stop().catch(() => undefined);
    await page.context().close();
    relay.close();
    await system.stop();
  });

  /** Whether media waits in the kernel, once the line is stuck. */
  const getsStuck = async () => {
    await roomIs(page, 'live', 30_000);
    await until('the picture moves', () => pictureMoves(page));
    await until('enough of it has come to be seen on the wire', () => framesShown(page).then((frames) => frames > 60));
    relay.stall();
    const waits = () => bytesThatWait(port) > 50_000;
    return until('media waits in the kernel', waits, pageGivesUpAfterMs).then(waits, () => false);
  };

  /** Data that left the media port after this instant, of the clock of packets. */
  const sentAfter = async (instant: number) => {
    relay.flow(); // whatever waits would leave now
    await new Promise((resolve) => setTimeout(resolve, silenceMs)); // silence is what is to be seen
    const media = (await capture.stop()).filter(isMedia);
    expect(media.filter(({ protocol }) => protocol === 'udp')).toEqual([]);
    expect(media.filter(({ at }) => at < instant).length).toBeGreaterThan(50);
    return media.map(({ at }) => at - instant).filter((late) => late > 0);
  };

  test('is sent nothing once a cut is confirmed, not even what waited in the kernel', { timeout: 60_000 }, async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    const confirmedAt = exactClock();
    expect(receipt, system.words).toMatchObject({ state: 'confirmed', viewsClosed: 1 });
    expect(await sentAfter(confirmedAt)).toEqual([]);
    staff.close();
  });

  test('is sent nothing once the guard has killed the worker', { timeout: 60_000 }, async () => {
    const workers = childrenOf(system.sfu.pid).filter(({ command }) => command.includes('mediasoup-worker'));
    system.sfu.kill('SIGSTOP');
    await until('the worker is gone', () => workers.every(({ pid }) => !isAlive(pid)));
    expect(await sentAfter(exactClock())).toEqual([]);
  });
});

test.skipIf(!ours)('a media worker that does not reset TCP is offered by UDP alone', { timeout: 60_000 }, async () => {
  await using closing = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-worker-'));
  closing.defer(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'mediasoup-worker');
  const program = readFileSync(workerBin);
  program.write('x', program.indexOf('peekaboo: closing'));
  writeFileSync(path, program, { mode: 0o755 });
  const system = await System.start({ sfuEnv: { MEDIASOUP_WORKER_BIN: path } });
  closing.defer(() => system.stop());
  const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
  closing.defer(() => viewer.close());
  await viewer.watch('sunflowers');
  await viewer.picture();
  expect(viewer.offer.match(/^a=candidate:\S+ 1 \w+/gm)).toHaveLength(1);
  expect(viewer.offer).toMatch(/^a=candidate:\S+ 1 udp /m);
  expect(system.sfu.output).toContain('who has TCP alone gets no picture');
});

/** Of the first video on the page; each took a TCP segment at least. */
function framesShown(page: Page): Promise<number> {
  return page.evaluate(() => document.querySelector('video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0);
}

/** Runs in the page: of the SFU's candidates it knows those for TCP alone, and reaches them by the relay. */
function onlyTcpTo(relayPort: number): void {
  const original = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function ({ type, sdp = '' }: RTCSessionDescriptionInit) {
    const lines = sdp.split('\r\n').filter((line) => !/^a=candidate:\S+ \d+ udp /i.test(line));
    const relayed = lines.map((line) => line.replace(/^(a=candidate:\S+ \d+ tcp \d+ \S+) \d+ /i, `$1 ${relayPort} `));
    return Reflect.apply(original, this, [{ type, sdp: relayed.join('\r\n') }]);
  };
}

/** Bytes that this machine has taken over from the process at this port, and that nobody has acknowledged yet; from /proc/net/tcp. */
function bytesThatWait(port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n');
  const queues = rows.map((row) => row.trim().split(/\s+/)).filter((columns) => columns[1]?.endsWith(local));
  return Math.max(0, ...queues.map((columns) => Number.parseInt(columns[4]?.split(':')[0] ?? '0', 16)));
}
