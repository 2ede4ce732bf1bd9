import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import type { ChangeRequest, InviteRequest } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import type { Credentials } from '@peekaboo/shared/proof';
import { guardianAsks, staffAsks } from '@peekaboo/shared/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { audit } from '../support/audit-command.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { RedisServer } from '../support/redis-server.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

/** From the answer to the last packet. */
const darkWithinMs = 100;
const never = { weekly: {}, exceptions: [] };

const change = (by: StaffPage, guardian: string, to: Partial<ChangeRequest>) =>
  ask(by.socket, staffAsks, 'guardian.change', { guardian, rooms: [], hours: null, endsAt: null, reference: null, ...to }, 5_000);
const refusalOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'taken',
    (error) => error.code ?? error.data?.code,
  );
const roomsOf = (viewer: HeadlessViewer) => viewer.rooms?.rooms.map(({ id }) => id);

describe.each(['SQLite', 'Redis'])('what somebody may, changed while they watch, on %s', (kind) => {
  let redis: RedisServer | undefined;
  let system: System;
  let staff: StaffPage;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    redis = kind === 'Redis' ? await RedisServer.start() : undefined;
    system = await System.start({ ...(redis && { redis }) });
    staff = await StaffPage.connect(system.url, await system.pass('staff', { sub: 'director' }));
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    staff?.close();
    await system?.stop();
    await redis?.stop();
  });

  const invite = async (request: Partial<InviteRequest> = {}) => {
    const whole = { role: 'guardian', rooms: ['sunflowers', 'bluebells'], ...request } as InviteRequest;
    const { guardian, path } = await ask(staff.socket, staffAsks, 'invite', whole, 5_000);
    return { guardian, credentials: await openInvite(`${system.url}${path}`) };
  };
  const page = async (credentials: Credentials, url = system.url) => {
    const viewer = await HeadlessViewer.connect(url, credentials);
    open.push(viewer);
    await until('the rooms are shown', () => viewer.rooms);
    return viewer;
  };
  const watching = async (credentials: Credentials, room: string) => {
    const viewer = await page(credentials);
    await viewer.watch(room);
    await viewer.picture();
    return viewer;
  };

  test('a room that is taken away is dark at once; the other goes on; nothing from before opens it again, nor after a restart', async () => {
    const { guardian, credentials } = await invite();
    const [leaves, stays] = [await watching(credentials, 'sunflowers'), await watching(credentials, 'bluebells')];
    const late = await page(credentials);
    const { view, offer } = await ask(late.socket, guardianAsks, 'watch', { room: 'sunflowers' }, 5_000);

    await change(staff, guardian, { rooms: ['bluebells'] });
    const answeredAt = performance.now();
    await until('silence for a second', () => performance.now() - leaves.lastPacketAt > 1_000, 5_000);
    console.log(`${kind}: the last packet came ${(leaves.lastPacketAt - answeredAt).toFixed(1)} ms after the answer`);
    expect(leaves.lastPacketAt - answeredAt).toBeLessThan(darkWithinMs);
    expect(leaves.closed).toEqual([{ view: leaves.view, reason: 'not-admitted' }]);
    await stays.picture();
    expect(stays.closed).toEqual([]);
    for (const each of [leaves, stays, late]) await until('the page has the other room alone', () => roomsOf(each)?.join() === 'bluebells');

    const { packets } = leaves;
    const nothingOpens = async () => {
      // This pass, which names the room, is good for a quarter of an hour still.
      const again = await page(credentials);
      expect(roomsOf(again)).toEqual(['bluebells']);
      expect(await refusalOf(again.watch('sunflowers'))).toBe('ROOM_NOT_IN_PASS');
    };
    expect(await refusalOf(ask(late.socket, guardianAsks, 'answer', await late.signed(view, await late.answerTo(offer)), 5_000))).toBe(
      'VIEW_UNKNOWN',
    );
    expect(await refusalOf(leaves.watch('sunflowers'))).toBe('ROOM_NOT_IN_PASS');
    await nothingOpens();
    await leaves.renew();
    expect(await refusalOf(leaves.watch('sunflowers'))).toBe('ROOM_NOT_IN_PASS');
    expect([leaves.packets, late.packets]).toEqual([packets, 0]);

    system.signal.kill('SIGKILL');
    await until('signal is gone', () => system.signal.ended);
    await system.startSignal();
    await system.camerasLive();
    staff.close();
    staff = await StaffPage.connect(system.url, await system.pass('staff', { sub: 'director' }));
    await nothingOpens();
    const ledger = readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
    expect(ledger).toMatch(new RegExp(`"rooms":\\["bluebells"\\].*"kind":"entitlement.changed".*"subject":"${guardian}"`));
    expect(audit(system.dataFolder, 'verify').code).toBe(0);
  });

  test('a room that is added is on the page without a reload, and opens with the pass of before', async () => {
    const { guardian, credentials } = await invite({ rooms: ['sunflowers'] });
    const viewer = await watching(credentials, 'sunflowers');
    await change(staff, guardian, { rooms: ['sunflowers', 'bluebells'] });
    await until('the page has both', () => roomsOf(viewer)?.join() === 'sunflowers,bluebells');
    await viewer.picture();
    expect(viewer.closed).toEqual([]);
    await viewer.watch('bluebells');
    await viewer.picture();
  });

  test('hours of their own end the picture at once, and none give it back', async () => {
    const { guardian, credentials } = await invite();
    const viewer = await watching(credentials, 'sunflowers');
    await change(staff, guardian, { rooms: ['sunflowers'], hours: never });
    await until('they are told', () => viewer.closed[0]?.reason === 'expired', 1_000);
    await until('it is shown as closed', () => viewer.stateOf('sunflowers') === 'closed');
    expect(await refusalOf(viewer.watch('sunflowers'))).toBe('OUTSIDE_HOURS');
    await change(staff, guardian, { rooms: ['sunflowers'] });
    await until('it is shown as open', () => viewer.stateOf('sunflowers') === 'open');
    await viewer.watch('sunflowers');
    await viewer.picture();
  });

  test('a last day that comes sooner ends picture, connection and passes on time; one that moves away does not', async () => {
    const { guardian, credentials } = await invite();
    const viewer = await watching(credentials, 'sunflowers');
    const endsAt = Math.ceil(Date.now() / 1_000) * 1_000 + 3_000;
    await change(staff, guardian, { rooms: ['sunflowers'], endsAt: endsAt + 3_600_000 });
    const first = viewer.validUntil ?? 0;
    await change(staff, guardian, { rooms: ['sunflowers'], endsAt });
    await until('the view ends then', () => viewer.validUntil === endsAt);
    expect(first).toBeGreaterThan(endsAt + 600_000);
    await until('it is over', () => viewer.closed[0]?.reason === 'expired', 5_000);
    const last = performance.timeOrigin + viewer.lastPacketAt - endsAt;
    expect(Math.abs(last)).toBeLessThan(400);
    await until('the connection ends', () => !viewer.socket.connected, 2_000);
    // The pass that it had named another quarter of an hour.
    expect(await refusalOf(connected(connectSocket(system.url, 'guardian', credentials)))).toBe('PASS_EXPIRED');
    expect(await refusalOf(askForPass(system.url, credentials.key, {}, Date.now(), 5_000))).toBe('PASS_EXPIRED');
    expect(await refusalOf(change(staff, guardian, { rooms: ['sunflowers'] }))).toBe('PERSON_UNKNOWN');
  });

  test('staff have the right that they are given from that moment on, whatever their pass says', async () => {
    const { guardian, credentials } = await invite({ role: 'staff', right: 'administer', rooms: [] });
    const theirs = await StaffPage.connect(system.url, credentials);
    open.push(theirs);
    await until('they administer', () => theirs.nursery?.right === 'administer');
    await change(staff, guardian, { right: 'observe' });
    expect(await refusalOf(theirs.cutRoom('sunflowers'))).toBe('RIGHT_MISSING');
    await until('their page says so', () => theirs.nursery?.right === 'observe');
    const again = await StaffPage.connect(system.url, credentials);
    open.push(again);
    await until('so it does for a page that connects with that pass', () => again.nursery?.right === 'observe');
    await change(staff, guardian, { right: 'cut' });
    const { hold } = await theirs.cutRoom('sunflowers');
    await theirs.lift(hold.id);
  });

  test('is refused to whoever does not administer, of whom has ended, for what cannot be, and as the only one who administers', async () => {
    const { guardian } = await invite();
    for (const right of ['observe', 'cut'] as const) {
      const theirs = await StaffPage.connect(system.url, await system.pass('staff', { right }));
      open.push(theirs);
      expect(await refusalOf(change(theirs, guardian, { rooms: ['sunflowers'] }))).toBe('RIGHT_MISSING');
    }
    const wrong: Partial<ChangeRequest>[] = [{}, { rooms: ['no-such-room'] }, { right: 'cut', rooms: ['sunflowers'] }, { endsAt: 1 }];
    for (const to of wrong) expect(await refusalOf(change(staff, guardian, to))).toBe('BAD_MESSAGE');
    expect(await refusalOf(change(staff, newId('guardian'), { rooms: ['sunflowers'] }))).toBe('PERSON_UNKNOWN');
    await ask(staff.socket, staffAsks, 'guardian.remove', { guardian, reason: 'left' }, 5_000);
    expect(await refusalOf(change(staff, guardian, { rooms: ['sunflowers'] }))).toBe('PERSON_UNKNOWN');

    const { guardian: id, credentials } = await invite({ role: 'staff', right: 'administer', rooms: [] });
    const alone = await StaffPage.connect(system.url, credentials);
    open.push(alone);
    expect(await refusalOf(change(alone, id, { right: 'cut' }))).toBe('LAST_ADMINISTRATOR');
    const removed = ask(alone.socket, staffAsks, 'guardian.remove', { guardian: id, reason: 'leaves' }, 5_000);
    expect(await refusalOf(removed)).toBe('LAST_ADMINISTRATOR');
    const another = await invite({ role: 'staff', right: 'administer', rooms: [] });
    expect(await refusalOf(change(alone, id, { right: 'cut' }))).toBe('taken');
    expect(await refusalOf(change(alone, another.guardian, { right: 'cut' }))).toBe('RIGHT_MISSING');
  });

  test.runIf(kind === 'Redis')('at another signal of the same Redis takes effect here at once', async () => {
    const { guardian, credentials } = await invite();
    const viewer = await watching(credentials, 'sunflowers');
    const folder = mkdtempSync(join(tmpdir(), 'peekaboo-test-')); // another machine, with the same issuer's key
    copyFileSync(join(system.dataFolder, 'issuer.jwk'), join(folder, 'issuer.jwk'));
    const second = new Program('apps/signal/src/main.ts', { ...systemEnv(folder, nurseryConfig()), REDIS_URL: redis?.url });
    try {
      await second.reported('signal listens', ({ port }) => port !== undefined);
      const there = `http://127.0.0.1:${second.report.port}`;
      const theirs = await StaffPage.connect(there, await system.pass('staff'));
      open.push(theirs);
      await change(theirs, guardian, { rooms: ['bluebells'] });
      const answeredAt = performance.now();
      await until('silence for a second', () => performance.now() - viewer.lastPacketAt > 1_000, 5_000);
      console.log(`another signal: the last packet came ${(viewer.lastPacketAt - answeredAt).toFixed(1)} ms after the answer`);
      expect(viewer.lastPacketAt - answeredAt).toBeLessThan(darkWithinMs);
      for (const url of [there, system.url]) expect(roomsOf(await page(credentials, url))).toEqual(['bluebells']);
    } finally {
      await second.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
