import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

/** The bound of the promise: permission lapses 2 s after the last question, and timers may be late. */
const darkWithinMs = 2_500;

describe('nobody has to say stop', () => {
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

  /** Waits until no packet has come for a second, and returns how long after `since` the last one came. */
  const darkness = async (since: number) => {
    await until('silence for a second', () => performance.now() - viewer.lastPacketAt > 1_000, 6_000);
    return viewer.lastPacketAt - since;
  };

  test('when signal is killed, pictures end within 2.5 s', async () => {
    const killedAt = performance.now();
    system.signal.kill('SIGKILL');
    expect(await darkness(killedAt)).toBeLessThan(darkWithinMs);
  });

  test('when signal freezes, its lease lapses and pictures end within 2.5 s', async () => {
    const frozenAt = performance.now();
    system.signal.kill('SIGSTOP');
    expect(await darkness(frozenAt)).toBeLessThan(darkWithinMs);
    system.signal.kill('SIGCONT');
  });

  test('when the SFU is killed, pictures end, and a cut is confirmed only once its lease has certainly lapsed', async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    system.sfu.kill('SIGKILL');
    await until('the SFU is shown as lost', () => staff.nursery?.sfus[0]?.state === 'lost');
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt).toMatchObject({ state: 'not-confirmed', acknowledgements: [{ sfu: 'sfu-1', state: 'silent' }] });
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
    expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', acknowledgements: [{ sfu: 'sfu-1', state: 'lapsed' }] });
    expect(final.totalMs).toBeLessThan(darkWithinMs);
    staff.close();
  });

  test('a hold survives a restart of signal and SFU: the room is still dark, and can be lifted', async () => {
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const { hold } = await staff.cutRoom('sunflowers');
    await Promise.all(
      [system.signal, system.sfu].map(async (program) => {
        program.kill('SIGKILL');
        await until('it is gone', () => program.ended);
      }),
    );

    const env = { ...systemEnv(system.dataFolder, nurseryConfig()), PORT: new URL(system.url).port };
    const signal = new Program('apps/signal/src/main.ts', env);
    await signal.reported('signal listens', ({ port }) => port !== undefined);
    const sfuEnv = { ...env, PEEKABOO_SIGNAL_URLS: system.url, PEEKABOO_SFU_PASS_FILE: `${system.dataFolder}/sfu.pass` };
    const sfu = new Program('apps/sfu/src/main.ts', sfuEnv);
    try {
      await sfu.reported(
        'cameras are live',
        ({ linked, cameras }) => linked === true && Object.values(cameras as object).every((state) => state === 'live'),
      );
      const again = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      const refusal = await again.watch('sunflowers').catch((error) => error);
      expect(refusal.code).toBe('HELD');
      const staffAgain = await StaffPage.connect(system.url, await system.pass('staff'));
      await staffAgain.lift(hold.id);
      await again.watch('sunflowers');
      await again.picture();
      again.close();
      staffAgain.close();
    } finally {
      await Promise.all([sfu.stop(), signal.stop()]);
      staff.close();
    }
  });

  test('a signal that has just started confirms nothing before leases of the run before have lapsed', async () => {
    system.sfu.kill('SIGSTOP'); // so that the new run never hears of it; it may have a lease
    system.signal.kill('SIGKILL');
    await until('it is gone', () => system.signal.ended);
    const env = { ...systemEnv(system.dataFolder, nurseryConfig()), PORT: new URL(system.url).port };
    const signal = new Program('apps/signal/src/main.ts', env);
    try {
      await signal.reported('signal listens', ({ port }) => port !== undefined);
      const listensAt = performance.now();
      const staff = await StaffPage.connect(system.url, await system.pass('staff'));
      const receipt = await staff.cutRoom('sunflowers');
      expect(receipt).toMatchObject({ state: 'not-confirmed', durable: true, acknowledgements: [{ sfu: '*', state: 'silent' }] });
      const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
      expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', acknowledgements: [{ sfu: '*', state: 'lapsed' }] });
      expect(performance.now() - listensAt).toBeGreaterThan(1_900); // the report may have come a little late
      expect(final.totalMs).toBeLessThan(darkWithinMs);
      expect(await staff.cutRoom('bluebells')).toMatchObject({ state: 'confirmed', acknowledgements: [] });
      staff.close();
    } finally {
      system.sfu.kill('SIGCONT');
      await signal.stop();
    }
  });

  test('an SFU that linked again has forgotten its old views, and serves new ones', async () => {
    system.signal.kill('SIGSTOP');
    await darkness(performance.now());
    system.signal.kill('SIGCONT');
    await until('guardians are told', () => viewer.closed.length > 0);
    await until('watching works again', () =>
      viewer.watch('sunflowers').then(
        () => true,
        () => false,
      ),
    );
    await viewer.picture();
  });
});

test('a shorter lease that the file sets is the lease: when signal freezes, pictures end that much earlier', async () => {
  const system = await System.start({ config: { ...nurseryConfig(), periods: { lease: { forMs: 1_000, renewEveryMs: 300 } } } });
  const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
  await viewer.watch('sunflowers');
  await viewer.picture();
  const frozenAt = performance.now();
  system.signal.kill('SIGSTOP');
  await until('silence for a second', () => performance.now() - viewer.lastPacketAt > 1_000, 6_000);
  expect(viewer.lastPacketAt - frozenAt).toBeLessThan(1_500);
  viewer.close();
  await system.stop();
});
