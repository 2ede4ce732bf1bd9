import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';
import { WatchedSystem } from '../support/watched-system.ts';

/** The bound of the promise: permission lapses 1.8 s after the last question; the rest is for an SFU that stands still just then. */
const darkWithinMs = 2_500;
/** Staff read that it is certain only when that time is over; the receipt is then written to disk. */
const confirmedWithinMs = darkWithinMs + 1_000;

describe('nobody has to say stop', () => {
  let watched: WatchedSystem;

  beforeEach(async () => {
    watched = await WatchedSystem.start();
  });
  afterEach(() => watched.stop());

  test('when signal is killed, pictures end within 2.5 s', async () => {
    const { system } = watched;
    const killedAt = performance.now();
    system.signal.kill('SIGKILL');
    expect(await watched.lastPacketAfter(killedAt)).toBeLessThan(darkWithinMs);
  });

  test('when signal freezes, its lease lapses and pictures end within 2.5 s', async () => {
    const { system } = watched;
    const frozenAt = performance.now();
    system.signal.kill('SIGSTOP');
    expect(await watched.lastPacketAfter(frozenAt)).toBeLessThan(darkWithinMs);
    system.signal.kill('SIGCONT');
  });

  test('when the SFU is killed, pictures end, and a cut is confirmed only once its lease has certainly lapsed', async () => {
    const { system } = watched;
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    system.sfu.kill('SIGKILL');
    await until('the SFU is shown as lost', () => staff.nursery?.sfus[0]?.state === 'lost');
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt).toMatchObject({ state: 'not-confirmed', acknowledgements: [{ sfu: 'sfu-1', state: 'silent' }] });
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
    expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', acknowledgements: [{ sfu: 'sfu-1', state: 'lapsed' }] });
    expect(final.totalMs).toBeLessThan(confirmedWithinMs);
    staff.close();
    // A page that was away meanwhile hears of it as well.
    const again = await StaffPage.connect(system.url, await system.pass('staff'));
    await until('it is told', () => again.receipts.some(({ id, state }) => id === receipt.id && state === 'confirmed'));
    again.close();
  });

  test('a hold survives a restart of signal and SFU: the room is still dark, and can be lifted', async () => {
    const { system } = watched;
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const { hold } = await staff.cutRoom('sunflowers');
    for (const program of [system.signal, system.sfu]) {
      program.kill('SIGKILL');
      await until('it is gone', () => program.ended);
    }
    await system.startSignal();
    await system.startSfu();

    const again = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    const refusal = await again.watch('sunflowers').catch((error) => error);
    expect(refusal.code).toBe('HELD');
    const staffAgain = await StaffPage.connect(system.url, await system.pass('staff'));
    await staffAgain.lift(hold.id);
    await again.watch('sunflowers');
    await again.picture();
    for (const each of [again, staffAgain, staff]) each.close();
  });

  test('a signal that has just started confirms nothing before leases of the run before have lapsed', async () => {
    const { system } = watched;
    system.sfu.kill('SIGSTOP'); // so that the new run never hears of it; it may have a lease
    system.signal.kill('SIGKILL');
    await until('it is gone', () => system.signal.ended);
    const goneAt = performance.now();
    try {
      await system.startSignal();
      const staff = await StaffPage.connect(system.url, await system.pass('staff'));
      const receipt = await staff.cutRoom('sunflowers');
      expect(receipt).toMatchObject({ state: 'not-confirmed', durable: true, acknowledgements: [{ sfu: '*', state: 'silent' }] });
      const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
      expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', acknowledgements: [{ sfu: '*', state: 'lapsed' }] });
      expect(performance.now() - goneAt).toBeGreaterThan(2_500);
      expect(final.totalMs).toBeLessThan(confirmedWithinMs);
      expect(await staff.confirmed(staff.cutRoom('bluebells'))).toMatchObject({ state: 'confirmed', acknowledgements: [] });
      staff.close();
    } finally {
      system.sfu.kill('SIGCONT');
    }
  });

  test('an SFU that linked again has forgotten its old views, and serves new ones', async () => {
    const { system } = watched;
    system.signal.kill('SIGSTOP');
    await watched.lastPacketAfter(performance.now());
    system.signal.kill('SIGCONT');
    await until('guardians are told', () => watched.viewer.closed.length > 0);
    await watched.pictureAgain();
  });
});

test('a shorter lease that the file sets is the lease: when signal freezes, pictures end that much earlier', async () => {
  const watched = await WatchedSystem.start({ config: { ...nurseryConfig(), periods: { lease: { forMs: 1_000, renewEveryMs: 300 } } } });
  const frozenAt = performance.now();
  watched.system.signal.kill('SIGSTOP');
  expect(await watched.lastPacketAfter(frozenAt)).toBeLessThan(1_500);
  await watched.stop();
});
