import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

const program = fileURLToPath(new URL('../support/flood.ts', import.meta.url));
/** Each of another family, from the click until the SFU has their answer; then the picture comes with the camera's next keyframe. */
const joins = 100;
const joinP99Ms = 2_000;

describe('while one client floods signal', () => {
  let scene: Scene;
  let flood: ChildProcess | undefined;

  beforeAll(async () => {
    scene = await Scene.set();
  });
  afterEach(() => {
    flood?.kill('SIGKILL');
  });
  afterAll(() => scene?.end());

  const rows = [
    ['asks', '127.0.0.1', 9_000],
    ['asks', '127.0.0.2', 9_000],
    ['connections', '127.0.0.2', 100],
  ] as const;
  test.for(rows)('with %s from %s others join as ever, and staff cut', { timeout: 150_000 }, async ([kind, address, atLeast]) => {
    const staff = await StaffPage.connect(scene.system.url, await scene.system.pass('staff'));
    const sent: number[] = [];
    flood = fork(program, [kind, scene.system.url, scene.system.dataFolder, address]);
    flood.on('message', (report: { sent: number }) => sent.push(report.sent));
    await until('the flood has come', () => sent.length >= 3, 15_000);

    const times: number[] = [];
    for (let family = 0; family < joins; family += 1) {
      const credentials = await scene.system.pass('guardian');
      const clicked = performance.now();
      const viewer = await HeadlessViewer.connect(scene.system.url, credentials);
      await viewer.watch('bluebells');
      times.push(performance.now() - clicked);
      if (family % 10 === 0) await until('the picture comes', () => viewer.packets > 0, 3_000);
      viewer.close();
    }
    const cutAt = performance.now();
    const receipt = await staff.cutRoom('bluebells');
    const cutMs = performance.now() - cutAt;
    await staff.lift(receipt.hold.id);
    staff.close();

    times.sort((a, b) => a - b);
    const median = times[Math.floor(times.length / 2)] ?? 0;
    const p99 = times[Math.ceil(times.length * 0.99) - 1] ?? 0;
    const rate = Math.round(sent.slice(1).reduce((sum, each) => sum + each, 0) / (sent.length - 1));
    console.log(
      `${rate} ${kind} a second from ${address}: ${joins} joins, median ${median.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms; cut in ${cutMs.toFixed(0)} ms`,
    );
    expect(rate).toBeGreaterThan(atLeast);
    expect(p99).toBeLessThan(joinP99Ms);
    expect(receipt.state).toBe('confirmed');
    await scene.undisturbed();
    if (kind === 'asks') await until('the ledger knows who it was', () => scene.refusalsOf('g_FLOODFLOODFLOODF').length > 0);
  });
});
