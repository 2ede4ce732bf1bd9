import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import type { Hold, Scope } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import type { Credentials } from '@peekaboo/shared/proof';
import { guardianAsks, sfuAsks } from '@peekaboo/shared/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCredentials } from '../../apps/sfu/src/credentials.ts';
import { childrenOf } from '../support/processes.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** What two of something did to each other, or many of something to everybody else. */
describe('under siege', () => {
  let system: System;
  let staff: StaffPage;
  const open: { close(): void }[] = [];

  beforeEach(async () => {
    system = await System.start();
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    staff.close();
    await system.stop();
  });

  const connect = async (pass?: Credentials) => {
    const viewer = await HeadlessViewer.connect(system.url, pass ?? (await system.pass('guardian')));
    open.push(viewer);
    return viewer;
  };
  const watching = async (room: string) => {
    const viewer = await connect();
    await viewer.watch(room);
    await viewer.picture();
    return viewer;
  };
  const workers = () => childrenOf(system.sfu.pid).filter(({ command }) => command.includes('mediasoup-worker'));
  const canWatch = (viewer: HeadlessViewer, room: string) =>
    viewer.watch(room).then(
      () => true,
      () => false,
    );

  test('a guardian who asks without pause leaves no view behind, and disturbs neither a cut nor the other room', async () => {
    const bystander = await watching('bluebells');
    const honest = await watching('sunflowers');
    const flood = await connect();
    let over = false;
    const asking = Array.from({ length: 16 }, async () => {
      while (!over) await ask(flood.socket, guardianAsks, 'watch', { room: 'sunflowers' }, 8_000).catch(() => undefined);
    });
    for (let second = 0; second < 3; second += 1) await bystander.picture();
    const receipt = await staff.confirmed(staff.cutRoom('sunflowers'));
    over = true;
    await Promise.all(asking);
    expect(receipt.state).toBe('confirmed');
    expect(receipt.viewsClosed).toBeLessThanOrEqual(3); // the honest one, the flood's, and one on its way
    const { packets } = honest;
    await bystander.picture();
    expect(honest.packets).toBe(packets);
    expect(bystander.closed).toEqual([]);
    expect(workers()).toHaveLength(2);
  });

  test('one pass cannot open connections without end', async () => {
    const bystander = await watching('bluebells');
    const pass = await system.pass('guardian');
    const sockets = Array.from({ length: 60 }, () => connectSocket(system.url, 'guardian', pass));
    const outcomes = await Promise.all(
      sockets.map((socket) =>
        connected(socket).then(
          () => 'open',
          (error) => error.data?.code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'open')).toHaveLength(20);
    expect(outcomes.filter((outcome) => outcome === 'BUSY')).toHaveLength(40);
    for (const socket of sockets) socket.disconnect();
    await until('they may connect again', () =>
      HeadlessViewer.connect(system.url, pass).then(
        (viewer) => {
          open.push(viewer);
          return true;
        },
        () => false,
      ),
    );
    await bystander.picture();
  });

  test('a second cut is not confirmed before the workers have carried out the first', async () => {
    await watching('sunflowers');
    for (const { pid } of workers()) process.kill(pid, 'SIGSTOP');
    const first = staff.cutRoom('sunflowers');
    const second = await staff.cutRoom('sunflowers');
    expect([(await first).state, second.state]).toEqual(['not-confirmed', 'not-confirmed']);
    await until('both are confirmed', () => staff.receipts.length === 2 && staff.receipts.every(({ state }) => state === 'confirmed'));
  });

  test('an SFU that was frozen during a cut serves again when it goes on', async () => {
    system.sfu.kill('SIGSTOP'); // the order waits in its socket
    await staff.cutRoom('bluebells');
    await until('its lease has lapsed', () => staff.receipts.at(-1)?.state === 'confirmed');
    system.sfu.kill('SIGCONT');
    const viewer = await connect();
    await until('the other room can be watched', () => canWatch(viewer, 'sunflowers'), 15_000);
    await viewer.picture();
    expect(await canWatch(viewer, 'bluebells')).toBe(false);
  });

  test('a hold that was lifted while its SFU was away does not come back for good', async () => {
    const { hold } = await staff.cutRoom('sunflowers');
    await staff.lift(hold.id);
    const away = connectSocket(system.url, 'sfu', await system.pass('sfu', { sub: 'sfu-2', rooms: [] }));
    open.push(away);
    const sets: string[][] = [];
    away.on('holds.sync', ({ revision, holds }, acknowledge) => {
      sets.push(holds.map(({ id }: { id: string }) => id));
      acknowledge({ ok: true, value: { revision } });
    });
    away.on('cut', (_, acknowledge) => acknowledge({ ok: true, value: { viewsClosed: 0, tookMs: 0 } }));
    await connected(away);
    await ask(away, sfuAsks, 'hello', { sfu: 'sfu-2', cameras: [] }, 2_000);
    await ask(away, sfuAsks, 'holds.offer', { holds: [hold] }, 2_000);
    await until('it is told to let go', () => sets.some((ids) => ids.includes(hold.id)) && sets.at(-1)?.length === 0);
    const viewer = await connect();
    await until('the room can be watched', () => canWatch(viewer, 'sunflowers'));
    await viewer.picture();
  });

  test('an SFU brings back a revocation that it alone knows of, and nothing that reaches beyond its nursery', async () => {
    const nursery = 'willow-house';
    const guardian = 'g_AAAAAAAAAAAAAAAA';
    const offered = (scope: Scope): Hold => ({ id: newId('hold'), scope, reason: 'offered', by: 'sfu-2', at: 1 });
    const revocation: Hold = { ...offered({ kind: 'guardian', nursery, guardian }), final: true };
    const link = connectSocket(system.url, 'sfu', await system.pass('sfu', { sub: 'sfu-2', rooms: [] }));
    open.push(link);
    await connected(link);
    await ask(link, sfuAsks, 'hello', { sfu: 'sfu-2', cameras: [] }, 2_000);
    for (const scope of [{ kind: 'all' }, { kind: 'room', nursery: 'oak-house', room: 'sunflowers' }] as const) {
      const holds = [offered({ kind: 'room', nursery, room: 'sunflowers' }), offered(scope)];
      await expect(ask(link, sfuAsks, 'holds.offer', { holds }, 2_000)).rejects.toMatchObject({ code: 'ROLE_NOT_ALLOWED' });
    }
    expect(staff.nursery?.holds).toEqual([]);
    await ask(link, sfuAsks, 'holds.offer', { holds: [revocation] }, 2_000);
    await until('it counts', () => staff.nursery?.revocations === 1);
    expect(staff.nursery?.holds).toEqual([]);
    await expect(HeadlessViewer.connect(system.url, await system.pass('guardian', { sub: guardian }))).rejects.toThrow();
  });

  test('of two processes that say they are one SFU the newer serves; a cut is confirmed once the lease of the older has lapsed', async () => {
    const pass = await system.pass('sfu', { sub: 'sfu-2', rooms: [] });
    const link = async () => {
      const socket = connectSocket(system.url, 'sfu', pass);
      open.push(socket);
      const synced = new Promise<number>((resolve) => {
        socket.on('holds.sync', ({ revision }, acknowledge) => {
          acknowledge({ ok: true, value: { revision } });
          resolve(revision);
        });
      });
      socket.on('cut', (_, acknowledge) => acknowledge({ ok: true, value: { viewsClosed: 0, tookMs: 0 } }));
      await connected(socket);
      await ask(socket, sfuAsks, 'hello', { sfu: 'sfu-2', cameras: [] }, 2_000);
      return { socket, revision: await synced };
    };
    const older = await link();
    const leaseFrom = performance.now();
    await ask(older.socket, sfuAsks, 'lease.renew', { revision: older.revision }, 2_000);
    await link();
    await until('the older line is closed', () => older.socket.disconnected);
    const receipt = await staff.cutRoom('sunflowers');
    // Beside it there may be "*", should signal have started a moment ago.
    const of = ({ acknowledgements }: typeof receipt, id: string) => acknowledgements.find(({ sfu }) => sfu === id)?.state;
    expect([receipt.state, of(receipt, 'sfu-1'), of(receipt, 'sfu-2')]).toEqual(['not-confirmed', 'dark', 'silent']);
    const final = await until('the receipt is confirmed', () => staff.receipts.at(-1), 4_000);
    expect(performance.now() - leaseFrom).toBeGreaterThan(2_490);
    expect([final.state, of(final, 'sfu-1')]).toEqual(['confirmed', 'dark']);
    expect(['lapsed', 'dark']).toContain(of(final, 'sfu-2')); // the lease of the older ends both waits
    expect(system.signal.output).toMatch(/"sfu":"sfu-2".*two processes use the same sfu\.id/);
  });

  test('an SFU whose pass is bad or gone tries again until it is good', async () => {
    const file = join(system.dataFolder, 'sfu.pass');
    const good = readFileSync(file, 'utf8');
    const tries = () => (system.sfu.output.match(/no link to signal yet/g) ?? []).length;
    const same = await readCredentials(file);
    writeFileSync(file, 'x.y.z');
    const usurper = connectSocket(system.url, 'sfu', same); // takes the place of the link, which has to be made anew
    await connected(usurper);
    await ask(usurper, sfuAsks, 'hello', { sfu: 'sfu-1', cameras: [] }, 2_000);
    await until('it was refused', () => tries() > 0);
    rmSync(file);
    const before = tries();
    await until('it was refused without a file, too', () => tries() > before);
    expect(system.sfu.ended).toBe(false);
    usurper.disconnect();
    writeFileSync(file, good);
    const viewer = await connect();
    await until('it serves again', () => canWatch(viewer, 'sunflowers'), 15_000);
  });

  test('a page learns nothing once its pass has run out, and nothing of another nursery', async () => {
    const short = await StaffPage.connect(system.url, await system.pass('staff', { validForSeconds: 2 }));
    open.push(short);
    await until('it is disconnected', () => short.socket.disconnected, 5_000);
    const foreign = StaffPage.connect(system.url, await system.pass('staff', { nursery: 'other-house' }));
    await expect(foreign).rejects.toMatchObject({ data: { code: 'ROLE_NOT_ALLOWED' } });
  });
});
