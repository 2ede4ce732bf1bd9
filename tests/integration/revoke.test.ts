import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import type { Credentials } from '@peekaboo/shared/proof';
import { guardianAsks } from '@peekaboo/shared/wire';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';
import { audit } from '../support/audit-command.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

const nursery = 'willow-house';

describe('a revocation', () => {
  let system: System;
  let staff: StaffPage;
  let bystander: HeadlessViewer;
  const open: { close(): void }[] = [];

  const watching = async (pass: Credentials) => {
    const viewer = await HeadlessViewer.connect(system.url, pass);
    open.push(viewer);
    await viewer.watch('sunflowers');
    await viewer.picture();
    return viewer;
  };
  /** The code with which this pass is refused, or undefined when it is let in. */
  const refusalOf = async (pass: Credentials, page: 'guardian' | 'staff' | 'sfu' = 'guardian') => {
    const socket = connectSocket(system.url, page, pass);
    open.push(socket);
    return connected(socket).then(
      () => undefined,
      (error) => error.data?.code as string,
    );
  };

  beforeEach(async () => {
    system = await System.start();
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
    bystander = await watching(await system.pass('guardian'));
  });
  afterEach(async () => {
    for (const each of open.splice(0)) each.close();
    staff.close();
    await system.stop();
  });

  test('of a guardian ends what they watch, on every device and for good; the others go on', async () => {
    const guardian = newId('guardian');
    const passes = [await system.pass('guardian', { sub: guardian }), await system.pass('guardian', { sub: guardian })];
    const devices = await Promise.all(passes.map(watching));
    const receipt = await staff.confirmed(staff.revoke({ kind: 'guardian', nursery, guardian }));
    const counts = devices.map(({ packets }) => packets);
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 2, hold: { final: true } });
    for (const device of devices) {
      await until('the page is told why', () => device.closed[0]?.reason === 'revoked');
      await until('its connection is ended', () => !device.socket.connected);
    }
    await bystander.picture();
    expect(devices.map(({ packets }) => packets)).toEqual(counts);
    expect(bystander.closed).toEqual([]);

    for (const pass of passes) expect(await refusalOf(pass)).toBe('PASS_REVOKED');
    await until('staff are not offered to lift it', () => staff.nursery?.revocations === 1);
    expect(staff.nursery?.holds).toEqual([]);
    await expect(staff.lift(receipt.hold.id)).rejects.toMatchObject({ code: 'HOLD_FINAL' });

    await Promise.all([system.signal.stop(), system.sfu.stop()]);
    system = await System.start({ dataFolder: system.dataFolder });
    expect(await refusalOf(passes[0] as Credentials)).toBe('PASS_REVOKED');
    expect(await refusalOf(await system.pass('guardian'))).toBeUndefined();
  });

  test('is told to whoever watches before their connection ends, whatever else signal does in that moment', async () => {
    const guardians = Array.from({ length: 12 }, () => newId('guardian'));
    const devices = await Promise.all(guardians.map(async (sub) => watching(await system.pass('guardian', { sub }))));
    // Unanswered, each stays unconfirmed for longer: spread like this, they cover every moment of a second.
    system.sfu.kill('SIGSTOP');
    const revoked = guardians.map(async (guardian, index) => {
      await after(index * 90);
      await staff.revoke({ kind: 'guardian', nursery, guardian });
    });
    await Promise.all(revoked);
    system.sfu.kill('SIGCONT');
    await until('all connections are ended', () => devices.every(({ socket }) => !socket.connected));
    expect(devices.map(({ closed }) => closed[0]?.reason)).toEqual(devices.map(() => 'revoked'));
  });

  test('of one pass leaves the guardian’s others; a cut of a guardian can be lifted as ever', async () => {
    const guardian = newId('guardian');
    const [lost, kept] = [await system.pass('guardian', { sub: guardian }), await system.pass('guardian', { sub: guardian })];
    const stolen = await watching(lost);
    const own = await watching(kept);
    await staff.revoke({ kind: 'pass', nursery, pass: idOf(lost) });
    await until('it is over', () => stolen.closed[0]?.reason === 'revoked');
    await own.picture();
    expect(own.closed).toEqual([]);
    expect(await refusalOf(lost)).toBe('PASS_REVOKED');

    const { hold } = await staff.cut({ kind: 'guardian', nursery, guardian });
    await until('it is paused', () => own.closed[0]?.reason === 'cut');
    await staff.lift(hold.id);
    await own.watch('sunflowers');
    await own.picture();
  });

  test('of staff ends their page, and their cuts', async () => {
    const pass = await system.pass('staff');
    const leaver = await StaffPage.connect(system.url, pass);
    open.push(leaver);
    await staff.revoke({ kind: 'pass', nursery, pass: idOf(pass) });
    await until('the page is ended', () => !leaver.socket.connected);
    expect(await refusalOf(pass, 'staff')).toBe('PASS_REVOKED');
  });

  test('is in the ledger by its name, with a receipt, and in the report of who was watching', async () => {
    const guardian = newId('guardian');
    const from = new Date().toISOString();
    const viewer = await watching(await system.pass('guardian', { sub: guardian }));
    const receipt = await staff.revoke({ kind: 'guardian', nursery, guardian });
    await until('it is over', () => viewer.closed.length > 0);
    const ledger = readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
    expect(ledger).toMatch(new RegExp(`"kind":"revoked".*"subject":"${receipt.hold.id}"`));
    expect(audit(system.dataFolder, 'receipt', receipt.id)).toMatchObject({
      code: 0,
      output: expect.stringContaining(`revoked  guardian ${guardian}`),
    });
    const report = audit(system.dataFolder, 'report', '--from', from, '--to', new Date().toISOString(), '--json').output;
    expect(JSON.parse(report).find((row: { guardian: string }) => row.guardian === guardian)).toMatchObject({ end: { reason: 'revoked' } });
  });

  test('of a person who has the name of an SFU leaves the SFU alone; a member of staff of that name is out', async () => {
    const [sameName, sfu] = [await system.pass('staff', { sub: 'sfu-1' }), await system.pass('sfu', { sub: 'sfu-1' })];
    expect(await staff.confirmed(staff.revoke({ kind: 'guardian', nursery, guardian: 'sfu-1' }))).toMatchObject({
      state: 'confirmed',
      viewsClosed: 0,
    });
    expect(await refusalOf(sameName, 'staff')).toBe('PASS_REVOKED');
    expect(await refusalOf(sfu, 'sfu')).toBeUndefined();
    await bystander.picture();
    expect(bystander.closed).toEqual([]);
  });

  test('takes the right to administer', async () => {
    for (const right of ['observe', 'cut'] as const) {
      const page = await StaffPage.connect(system.url, await system.pass('staff', { right }));
      open.push(page);
      await expect(page.revoke({ kind: 'guardian', nursery, guardian: newId('staff') })).rejects.toMatchObject({ code: 'RIGHT_MISSING' });
    }
  });

  test('is for a guardian or a pass of one’s own nursery, and nothing else', async () => {
    const elsewhere = await staff.revoke({ kind: 'guardian', nursery: 'elsewhere', guardian: newId('guardian') }).catch((error) => error);
    expect(elsewhere).toBeInstanceOf(PeekabooError);
    expect(elsewhere.code).toBe('ROLE_NOT_ALLOWED');
    const room = await staff.revoke({ kind: 'room', nursery, room: 'sunflowers' } as never).catch((error) => error);
    expect(room.code).toBe('BAD_MESSAGE');
    await bystander.picture();
  });
});

/** As many as a nursery may have after years. */
describe('beside 2,000 revocations', () => {
  const many = Array.from(
    { length: 2_000 },
    (_, at): Hold => ({
      ...{ id: newId('hold'), scope: { kind: 'guardian', nursery, guardian: newId('guardian') }, reason: 'left', by: 'director', at },
      final: true,
    }),
  );
  let dataFolder: string;
  const programs: Program[] = [];
  beforeEach(async () => {
    dataFolder = mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
    const store = new SqliteStore(dataFolder);
    for (const hold of many) await store.addHold(hold);
    await store.close();
  });
  afterEach(async () => {
    await Promise.all(programs.splice(0).map((program) => program.stop()));
    rmSync(dataFolder, { recursive: true, force: true });
  });

  test('a cut of 300 views is carried out and confirmed', async () => {
    const system = await System.start({ dataFolder });
    programs.push(system.signal, system.sfu);
    const sockets = await Promise.all(
      Array.from({ length: 300 }, async () => {
        const socket = connectSocket(system.url, 'guardian', await system.pass('guardian'));
        await connected(socket);
        await ask(socket, guardianAsks, 'watch', { room: 'sunflowers' }, 20_000);
        return socket;
      }),
    );
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const answer = await staff.cutRoom('sunflowers');
    const receipt = answer.state === 'confirmed' ? answer : await until('it is confirmed', () => staff.receipts.at(-1), 3_000);
    const [sfu] = receipt.acknowledgements;
    console.log('a cut of 300 views beside 2,000 revocations:', JSON.stringify({ sfu, totalMs: receipt.totalMs }));
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 300 });
    for (const socket of [...sockets, staff.socket]) socket.disconnect();
  });

  test('an SFU whose store went back links again once the newer one is there', async () => {
    const system = await System.start({ dataFolder });
    programs.push(system.signal, system.sfu);
    await system.signal.stop();
    mkdirSync(join(dataFolder, 'newer'));
    const files = readdirSync(dataFolder).filter((name) => name.startsWith('peekaboo.sqlite'));
    for (const name of files) renameSync(join(dataFolder, name), join(dataFolder, 'newer', name));
    const env = { ...systemEnv(dataFolder, nurseryConfig()), PORT: new URL(system.url).port };
    const older = new Program('apps/signal/src/main.ts', env);
    programs.push(older);
    await until('the SFU refuses the older store', () => older.output.includes('the store is older than what this SFU has seen'));
    await older.stop();
    for (const name of files) renameSync(join(dataFolder, 'newer', name), join(dataFolder, name));
    const newer = new Program('apps/signal/src/main.ts', env);
    programs.push(newer);
    await newer.reported('signal listens', ({ port }) => port !== undefined);
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await until(
      'the room can be watched',
      () =>
        viewer.watch('sunflowers').then(
          () => true,
          () => false,
        ),
      20_000,
    );
    await viewer.picture();
    viewer.close();
  });
});

function idOf({ pass }: Credentials): string {
  return JSON.parse(Buffer.from(pass.split('.')[1] ?? '', 'base64url').toString()).jti;
}
