import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { childrenOf, isAlive } from '../support/processes.ts';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';
import { WatchedSystem } from '../support/watched-system.ts';

/** 500 ms of silence, the time to look (50 ms), and what a busy machine adds. */
const darkWithinMs = 1_000;

describe('the guard', () => {
  let watched: WatchedSystem;

  beforeEach(async () => {
    watched = await WatchedSystem.start();
  });
  afterEach(() => watched.stop());

  const child = (name: string) => childrenOf(watched.system.sfu.pid).filter(({ command }) => command.includes(name));

  test('kills the workers when the SFU freezes, so that pictures end; when it goes on, so do they', async () => {
    const workers = child('mediasoup-worker');
    const frozenAt = performance.now();
    watched.system.sfu.kill('SIGSTOP');
    expect(await watched.lastPacketAfter(frozenAt)).toBeLessThan(darkWithinMs);
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    watched.system.sfu.kill('SIGCONT');
    await watched.pictureAgain();
    expect(watched.system.sfu.output).toContain('the guard killed the media workers');
  });

  test('kills the workers when the machine wakes up, though no monotonic clock has moved', async () => {
    await watched.stop();
    const asleep = fileURLToPath(new URL('../support/sleep-on-signal.mjs', import.meta.url));
    watched = await WatchedSystem.start({ sfuEnv: { NODE_OPTIONS: `--import=${asleep}` } });
    const workers = child('mediasoup-worker');
    const wokenAt = performance.now();
    watched.system.sfu.kill('SIGUSR2');
    expect(await watched.lastPacketAfter(wokenAt)).toBeLessThan(500);
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    await watched.pictureAgain();
  });

  test('that dies takes the workers with it, and both are replaced', async () => {
    const [guard] = child('guard-process.ts');
    const workers = child('mediasoup-worker');
    const killedAt = performance.now();
    process.kill(guard?.pid as number, 'SIGKILL');
    expect(await watched.lastPacketAfter(killedAt)).toBeLessThan(darkWithinMs);
    expect(workers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    await until('another guard is on duty', () => child('guard-process.ts').length === 1);
    await watched.pictureAgain();
  });

  test('that cannot be started is an alarm for staff, until it can', async () => {
    const staff = await StaffPage.connect(watched.system.url, await watched.system.pass('staff'));
    const isRaised = () => staff.nursery?.alarms.some(({ kind }) => kind === 'sfu-unguarded') ?? false;
    const killing = setInterval(() => {
      for (const { pid } of child('guard-process.ts')) {
        try {
          process.kill(pid, 'SIGKILL');
        } catch {
          // it has ended since it was found
        }
      }
    }, 20);
    try {
      await until('the alarm is raised', isRaised, 15_000);
    } finally {
      clearInterval(killing);
    }
    await until('the alarm is over', () => !isRaised(), 15_000);
    await watched.pictureAgain();
    staff.close();
  });

  test('that is frozen is replaced', async () => {
    const [guard] = child('guard-process.ts');
    process.kill(guard?.pid as number, 'SIGSTOP');
    await until('another guard is on duty', () => child('guard-process.ts').some(({ pid }) => pid !== guard?.pid), 6_000);
    await watched.pictureAgain();
  });

  test('ends with the SFU, and with it the workers', async () => {
    const below = childrenOf(watched.system.sfu.pid);
    watched.system.sfu.kill('SIGKILL');
    await until('everything is gone', () => below.every(({ pid }) => !isAlive(pid)));
  });

  test('a worker that hangs does not keep a cut from being carried out', async () => {
    const staff = await StaffPage.connect(watched.system.url, await watched.system.pass('staff'));
    const workers = child('mediasoup-worker');
    for (const { pid } of workers) process.kill(pid, 'SIGSTOP');
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt.state).toBe('not-confirmed');
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
    expect(final.state).toBe('confirmed');
    for (const { pid } of workers) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
    const { viewer } = watched;
    const { packets } = viewer;
    await until('the workers are replaced', () => child('mediasoup-worker').length === 2);
    expect(viewer.packets).toBe(packets);
    staff.close();
  });
});

/** For a process of its own, in which no further file can be opened for a while. */
const withoutFiles = `
  import { closeSync, openSync } from 'node:fs';
  import { Guard } from './apps/sfu/src/guard.ts';
  import { createLogger } from './packages/shared/src/log.ts';
  import { defaultPeriods } from './packages/shared/src/periods.ts';

  const guard = new Guard(defaultPeriods.guard, createLogger('test', 'silent'), () => undefined);
  const start = () => guard.start().then(() => 'on duty', (error) => error.message);
  const open = [];
  try { for (;;) open.push(openSync('/dev/null', 'r')); } catch {}
  const before = await start();
  for (const each of open) closeSync(each);
  console.log(JSON.stringify([before, await start()]));
  guard.close();
`;

test('a guard that cannot be started because too many files are open is refused in words, and starts once it can', () => {
  const node = ['-c', 'ulimit -n 128; exec "$0" --input-type=module --eval "$1"', process.execPath, withoutFiles];
  const { stdout, stderr } = spawnSync('sh', node, { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual(['the guard process does not start; no picture is shown without it', 'on duty']);
});
