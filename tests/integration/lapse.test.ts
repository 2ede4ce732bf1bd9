import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { expect, test } from 'vitest';
import { Capture, canCapture, isMedia } from '../support/capture.ts';
import { exactClock } from '../support/exact-clock.ts';
import { evaluate, inspectable } from '../support/inspector.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { TcpRelay } from '../support/tcp-relay.ts';
import { until } from '../support/until.ts';

/** Shorter than the silence after which the guard kills the workers, by enough for a machine that is slow just then. */
const standsStillForMs = 200;

test.skipIf(!canCapture())(
  'of an SFU that is cut off and stands still again and again, "dark" is not said while media may still leave',
  { timeout: 60_000 },
  async () => {
    await using closing = new AsyncDisposableStack();
    const relay = await TcpRelay.start();
    closing.defer(() => relay.close());
    const ports = mediaPorts();
    const config = nurseryConfig({ sfu: { port: ports[0] } });
    const system = await System.start({ config, env: inspectable, between: (url) => relay.before(url) });
    closing.defer(() => system.stop());
    const capture = await Capture.start(ports);
    closing.defer(async () => void (await capture.stop().catch(() => undefined)));
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    closing.defer(() => staff.close());
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    closing.defer(() => viewer.close());
    await viewer.watch('sunflowers');
    await viewer.picture();

    // In between everything that is due gets its turn, the beats for the guard included.
    const standStill = `const end = performance.now() + ${standsStillForMs}; while (performance.now() < end); setTimeout(standStill, 20);`;
    await evaluate(system.sfu, `void (function standStill() { ${standStill} })()`);
    relay.swallow();
    const orderedAt = exactClock();
    expect((await staff.cutRoom('sunflowers')).state).toBe('not-confirmed');
    const { totalMs } = await until('it is confirmed', () => staff.receipts.at(-1));
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // silence is what is to be seen
    const afterOrder = (await capture.stop()).filter(isMedia).map(({ at }) => at - orderedAt);

    const last = Math.max(...afterOrder);
    console.log(`last media packet ${last.toFixed(0)} ms after the order, confirmed after ${totalMs.toFixed(0)} ms`);
    expect(system.sfu.output, system.words).toContain('the lease lapsed'); // it was that which ended it
    expect(last).toBeLessThan(2_500);
    expect(last).toBeLessThan(totalMs);
  },
);
