import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { RedisServer } from '../support/redis-server.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

/** The bound of the promise: permission lapses 2 s after the last question, and timers may be late. */
const darkWithinMs = 2_500;

describe('the system on Redis', () => {
  let redis: RedisServer;
  let system: System;
  let staff: StaffPage;
  let viewer: HeadlessViewer;

  beforeEach(async () => {
    redis = await RedisServer.start();
    system = await System.start({ redis });
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
    viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
  });
  afterEach(async () => {
    viewer.close();
    staff.close();
    await system.stop();
    await redis.stop();
  });

  /** Waits until no packet has come for a second, and returns how long after `since` the last one came. */
  const darkness = async (since: number, of = viewer) => {
    await until('silence for a second', () => performance.now() - of.lastPacketAt > 1_000, 6_000);
    const lastMs = of.lastPacketAt - since;
    console.log(`${expect.getState().currentTestName}: last packet after ${lastMs.toFixed(0)} ms`);
    return lastMs;
  };
  /** Joins again as a guardian's page does, and returns how long it took until a picture came. */
  const pictureAgain = async (room = 'sunflowers') => {
    const since = performance.now();
    await until('watching works again', () =>
      viewer.watch(room).then(
        () => true,
        () => false,
      ),
    );
    await viewer.picture();
    console.log(`${expect.getState().currentTestName}: picture again after ${(performance.now() - since).toFixed(0)} ms`);
  };
  const raised = async () => {
    const metrics = await (await fetch(`${system.url}/metrics`)).text();
    return [...metrics.matchAll(/^peekaboo_alarm\{kind="(.+)"\} 1$/gm)].map(([, kind]) => kind);
  };
  const refusal = async (room = 'sunflowers') => (await viewer.watch(room).catch((error) => error))?.code;

  test('cuts, confirms, keeps dark and lifts as on SQLite', async () => {
    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    expect(receipt).toMatchObject({ state: 'confirmed', durable: true, viewsClosed: 1 });
    console.log(`confirmed, durable, after ${receipt.totalMs.toFixed(1)} ms`);
    const { packets } = viewer;
    expect(await refusal()).toBe('HELD');
    await staff.lift(receipt.hold.id);
    expect(viewer.packets).toBe(packets);
    await pictureAgain();
  });

  test('a Redis that may forget what it has confirmed is an alarm for staff, and mended is none', async () => {
    /** The settings are looked at when signal connects. */
    const connectAnew = async () => {
      for (const type of ['normal', 'pubsub']) await redis.ask('CLIENT', 'KILL', 'TYPE', type);
    };
    expect(staff.nursery?.alarms).toEqual([]);
    await redis.ask('CONFIG', 'SET', 'appendfsync', 'everysec');
    await connectAnew();
    await until('staff are told', () => staff.nursery?.alarms.some((alarm) => alarm.kind === 'store-not-durable'));
    expect(staff.nursery?.alarms).toMatchObject([{ gaps: ['appendfsync is everysec and must be always'] }]);
    expect(system.signal.output).toContain('ALARM: the store may lose a cut');
    await redis.ask('CONFIG', 'SET', 'appendfsync', 'always');
    await connectAnew();
    await until('the alarm is over', () => staff.nursery?.alarms.length === 0);
  });

  test('Redis killed: dark within 2.5 s, with an alarm; back by itself, holds and all', async () => {
    const { hold } = await staff.cutRoom('bluebells');
    const killedAt = performance.now();
    await redis.kill();
    expect(await darkness(killedAt)).toBeLessThan(darkWithinMs);
    expect(system.signal.output).toContain('ALARM: the store does not answer');
    expect(await raised()).toEqual(['store-gone']);
    await redis.restart();
    await pictureAgain();
    expect(await refusal('bluebells')).toBe('HELD');
    await staff.lift(hold.id);
    await pictureAgain('bluebells');
  });

  test('Redis frozen: dark within 2.5 s, back by itself', async () => {
    const frozenAt = performance.now();
    redis.freeze();
    expect(await darkness(frozenAt)).toBeLessThan(darkWithinMs);
    redis.thaw();
    await pictureAgain();
  });

  test('a cut while Redis is frozen takes effect at once, and is confirmed only when it is written', async () => {
    redis.freeze();
    const orderedAt = performance.now();
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt).toMatchObject({ state: 'not-confirmed', durable: false, acknowledgements: [{ sfu: 'sfu-1', state: 'dark' }] });
    expect(await darkness(orderedAt)).toBeLessThan(100);
    expect(staff.receipts).toEqual([]);
    redis.thaw();
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 5_000);
    expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', durable: true });
    expect(await redis.ask('HLEN', '{peekaboo}:holds')).toBe(1);
    expect(await refusal()).toBe('HELD');
    await pictureAgain('bluebells');
    await staff.lift(receipt.hold.id);
    await pictureAgain();
  });

  test('Redis comes back empty after a cut: the room stays dark, its hold is written again and can be lifted', async () => {
    const { hold } = await staff.cutRoom('sunflowers');
    await redis.kill();
    redis.erase();
    await redis.restart();
    await until('the hold is written again', async () => (await redis.ask('HEXISTS', '{peekaboo}:holds', hold.id)) === 1);
    expect(await redis.ask('GET', '{peekaboo}:revision')).toBe('2');
    expect(system.signal.output).toMatch(/"storeRevision":0,"knownRevision":1.*the store went back in time/);
    await until('the alarm is raised', async () => (await raised()).includes('store-went-back'));
    expect(await refusal()).toBe('HELD');
    await pictureAgain('bluebells');
    await staff.lift(hold.id);
    await pictureAgain();
  });

  test('Redis comes back as an older copy: what was cut since is dark, what was lifted since is open', async () => {
    const { hold: lifted } = await staff.cutRoom('bluebells');
    redis.takeSnapshot();
    await staff.lift(lifted.id);
    const { hold } = await staff.cutRoom('sunflowers');
    await redis.kill();
    redis.restoreSnapshot();
    await redis.restart();
    await until('the hold is written again', async () => (await redis.ask('HEXISTS', '{peekaboo}:holds', hold.id)) === 1);
    expect(await redis.ask('GET', '{peekaboo}:revision')).toBe('4');
    expect(await refusal()).toBe('HELD');
    await pictureAgain('bluebells');
    expect(staff.nursery?.holds.map(({ id }) => id)).toEqual([hold.id]);
  });

  describe('emptied while no signal runs, after a cut', () => {
    let lost: string;
    let env: NodeJS.ProcessEnv;
    let signal: Program;
    let staffAgain: StaffPage;

    beforeEach(async () => {
      lost = (await staff.cutRoom('bluebells')).hold.id;
      const { port } = new URL(system.url);
      system.signal.kill('SIGKILL');
      await until('signal is gone', () => system.signal.ended);
      await darkness(performance.now());
      await redis.ask('FLUSHALL');
      env = { ...systemEnv(system.dataFolder, nurseryConfig()), PORT: port, REDIS_URL: redis.url };
      signal = new Program('apps/signal/src/main.ts', env);
      await until('the alarm names both revisions', () =>
        /"sfuRevision":1,"storeRevision":0.*ALARM: the store is older/s.test(signal.output),
      );
      staffAgain = await StaffPage.connect(system.url, await system.pass('staff'));
      await until('the SFU is shown as dark', () => staffAgain.nursery?.sfus[0]?.state === 'dark');
      viewer.close();
      viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      expect(await refusal()).toBe('SFU_UNAVAILABLE');
    });
    afterEach(async () => {
      staffAgain.close();
      await signal.stop();
    });

    test('it gets no SFU to show anything, though it counts as far as the SFU has seen; a new SFU ends that', async () => {
      const { hold } = await staffAgain.cutRoom('sunflowers');
      expect(await refusal('bluebells')).toBe('SFU_UNAVAILABLE');
      await system.sfu.stop(); // as the operator does once it is clear which holds should stand
      const sfuEnv = { ...env, PEEKABOO_SIGNAL_URLS: system.url, PEEKABOO_SFU_PASS_FILE: `${system.dataFolder}/sfu.pass` };
      const sfu = new Program('apps/sfu/src/main.ts', sfuEnv);
      try {
        await sfu.reported('it is linked', ({ linked }) => linked === true);
        await pictureAgain('bluebells');
        expect(await refusal('sunflowers')).toBe('HELD');
        await staffAgain.lift(hold.id);
      } finally {
        await sfu.stop();
      }
    });

    test('it does not make the lost hold a lifted one when it counts further: the SFU gives it back, and staff lift it', async () => {
      const cuts = [await staffAgain.cutRoom('sunflowers'), await staffAgain.cutRoom('sunflowers')];
      await until('a lease is granted', async () => (await refusal('bluebells')) === 'HELD');
      const holds = [lost, ...cuts.map(({ hold }) => hold.id)];
      await until('staff see all three', () => holds.every((id) => staffAgain.nursery?.holds.some((hold) => hold.id === id)), 6_000);
      expect(await refusal('sunflowers')).toBe('HELD');
      for (const id of holds) await staffAgain.lift(id);
      await pictureAgain('bluebells');
      await pictureAgain();
    });
  });

  test('a second signal on the same Redis learns of a cut, of its lift and of edited hours at once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peekaboo-test-')); // another machine, with the same issuer's key
    copyFileSync(join(system.dataFolder, 'issuer.jwk'), join(folder, 'issuer.jwk'));
    const env = { ...systemEnv(folder, nurseryConfig()), REDIS_URL: redis.url };
    const second = new Program('apps/signal/src/main.ts', env);
    try {
      await second.reported('signal listens', ({ port }) => port !== undefined);
      const page = await StaffPage.connect(`http://127.0.0.1:${second.report.port}`, await system.pass('staff'));
      const { hold } = await staff.cutRoom('sunflowers');
      await until('the second shows the hold', () => page.nursery?.holds[0]?.id === hold.id, 2_000);
      await page.lift(hold.id);
      await until('the first shows the lift', () => staff.nursery?.holds.length === 0, 2_000);
      await pictureAgain();

      await page.setHours('sunflowers', { weekly: {}, exceptions: [] }); // at the other signal than the one that opened the view
      await until('the view is closed', () => viewer.closed.at(-1)?.reason === 'expired', 1_000);
      await until('the first shows the hours', () => staff.hours?.rooms[0]?.from.source === 'staff', 2_000);
      await staff.setHours('sunflowers', null);
      await pictureAgain();
      page.close();
    } finally {
      await second.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('signal starts while Redis is gone: everything is dark until it is there', async () => {
    const { hold } = await staff.cutRoom('bluebells');
    const { port } = new URL(system.url);
    system.signal.kill('SIGKILL');
    await until('signal is gone', () => system.signal.ended);
    await redis.kill();
    const signal = new Program('apps/signal/src/main.ts', {
      ...systemEnv(system.dataFolder, nurseryConfig()),
      PORT: port,
      REDIS_URL: redis.url,
    });
    try {
      await signal.reported('signal listens', (report) => report.port !== undefined);
      expect((await fetch(`${system.url}/readyz`)).status).toBe(503);
      viewer.close();
      viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      expect(await refusal()).not.toBe(undefined);
      await redis.restart();
      await pictureAgain();
      expect(await refusal('bluebells')).toBe('HELD');
      expect(hold.id).toBeDefined();
    } finally {
      await signal.stop();
    }
  });
});
