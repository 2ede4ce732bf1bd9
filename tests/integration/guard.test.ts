import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childrenOf, isAlive } from '../support/processes.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** 500 ms of silence, the time to look (50 ms), and what a busy machine adds. */
const darkWithinMs = 1_000;

describe('the guard', () => {
  let system: System;
  let viewer: HeadlessViewer;

  beforeEach(async () => {
    system = await System.start();
    viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
  });
  afterEach(async () => {
    viewer.close();
    await system.stop();
  });

  const child = (name: string) => childrenOf(system.sfu.pid).filter(({ command }) => command.includes(name));
  const darkness = async (since: number) => {
    await until('silence for a second', () => performance.now() - viewer.lastPacketAt > 1_000, 6_000);
    return viewer.lastPacketAt - since;
  };
  const watchAgain = async () => {
    await until(
      'watching works again',
      () =>
        viewer.watch('sunflowers').then(
          () => true,
          () => false,
        ),
      15_000,
    );
    await viewer.picture();
  };

  test('kills the workers when the SFU freezes, so that pictures end; when it goes on, so do they', async () => {
    const workers = child('mediasoup-worker');
    const frozenAt = performance.now();
    system.sfu.kill('SIGSTOP');
    expect(await darkness(frozenAt)).toBeLessThan(darkWithinMs);
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    system.sfu.kill('SIGCONT');
    await watchAgain();
  });

  test('that dies takes the workers with it, and both are replaced', async () => {
    const [guard] = child('guard-process.ts');
    const workers = child('mediasoup-worker');
    const killedAt = performance.now();
    process.kill(guard?.pid as number, 'SIGKILL');
    expect(await darkness(killedAt)).toBeLessThan(darkWithinMs);
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    await until('another guard is on duty', () => child('guard-process.ts').length === 1);
    await watchAgain();
  });

  test('that is frozen is replaced', async () => {
    const [guard] = child('guard-process.ts');
    process.kill(guard?.pid as number, 'SIGSTOP');
    await until('another guard is on duty', () => child('guard-process.ts').some(({ pid }) => pid !== guard?.pid), 6_000);
    await watchAgain();
  });

  test('ends with the SFU, and with it the workers', async () => {
    const below = childrenOf(system.sfu.pid);
    system.sfu.kill('SIGKILL');
    await until('everything is gone', () => below.every(({ pid }) => !isAlive(pid)));
  });

  test('a worker that hangs does not keep a cut from being carried out', async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const workers = child('mediasoup-worker');
    for (const { pid } of workers) process.kill(pid, 'SIGSTOP');
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt.state).toBe('not-confirmed');
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
    expect(final.state).toBe('confirmed');
    for (const { pid } of workers) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    const { packets } = viewer;
    await until('the workers are replaced', () => child('mediasoup-worker').length === 2);
    expect(viewer.packets).toBe(packets);
    staff.close();
  });
});
