import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { ask } from '@peekaboo/shared/ask';
import { receipt as receiptSchema, receiptType } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import { staffAsks } from '@peekaboo/shared/wire';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { createSignatureVerifier } from '../../apps/signal/src/identity/signed.ts';
import { audit } from '../support/audit-command.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { canMount, SmallDisk } from '../support/small-disk.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

const entriesOf = ({ dataFolder }: System) =>
  readFileSync(join(dataFolder, 'ledger.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);

describe('the ledger of a nursery', () => {
  let system: System;
  let staff: StaffPage;
  const anna = newId('guardian');
  const ben = newId('guardian');
  let receipt: Awaited<ReturnType<StaffPage['cutRoom']>>;
  const from = new Date().toISOString();
  let to = '';
  const passes: string[] = [];
  const passOf = async (...request: Parameters<System['pass']>) => {
    const credentials = await system.pass(...request);
    passes.push(credentials.pass);
    return credentials;
  };

  // Anna watches the sunflowers and leaves; Ben watches the bluebells, is refused the sunflowers, is cut, refused and comes back.
  beforeAll(async () => {
    system = await System.start();
    staff = await StaffPage.connect(system.url, await passOf('staff', { sub: 'director' }));
    const annas = await HeadlessViewer.connect(system.url, await passOf('guardian', { sub: anna }));
    const bens = await HeadlessViewer.connect(system.url, await passOf('guardian', { sub: ben, rooms: ['bluebells'] }));
    await annas.watch('sunflowers');
    await annas.picture();
    await bens.watch('bluebells');
    await bens.picture();
    await bens.watch('sunflowers').catch(() => undefined);
    annas.close();
    await until('Anna is gone', () => staff.viewersIn('sunflowers') === 0);
    receipt = await staff.cutRoom('bluebells');
    for (let again = 0; again < 3; again += 1) await bens.watch('bluebells').catch(() => undefined);
    await staff.lift(receipt.hold.id);
    await until('the room is open', () => bens.stateOf('bluebells') === 'open');
    await bens.watch('bluebells');
    await bens.picture();
    await until('it is in the ledger', () => entriesOf(system).at(-1)?.kind === 'view.opened');
    to = new Date().toISOString();
  });
  afterAll(async () => {
    staff.close();
    await system.stop();
  });

  test('verifies while signal runs', () => {
    expect(audit(system.dataFolder, 'verify')).toMatchObject({ code: 0, output: expect.stringMatching(/^OK: \d+ entries, signed up to/) });
  });

  test('tells the whole story, and nothing else', () => {
    // That the pages are told may be written before the receipt is.
    const told = entriesOf(system).filter(({ kind }) => /^(view|cut$|lifted)/.test(kind));
    expect(told.map(({ kind, actor, room }) => [kind, actor, room])).toEqual([
      ['view.admitted', anna, 'sunflowers'],
      ['view.opened', anna, 'sunflowers'],
      ['view.admitted', ben, 'bluebells'],
      ['view.opened', ben, 'bluebells'],
      ['view.refused', ben, 'sunflowers'],
      ['view.closed', anna, 'sunflowers'],
      ['cut', 'director', null],
      ['view.closed', ben, 'bluebells'],
      ['view.refused', ben, 'bluebells'],
      ['lifted', 'director', null],
      ['view.admitted', ben, 'bluebells'],
      ['view.opened', ben, 'bluebells'],
    ]);
    const seqOf = (wanted: string) => entriesOf(system).find(({ kind }) => kind === wanted)?.seq ?? 0;
    expect(seqOf('cut.confirmed')).toBeGreaterThan(seqOf('cut'));
    const others = entriesOf(system).filter((entry) => !told.some(({ seq }) => seq === entry.seq));
    expect(others.map(({ kind }) => kind).sort()).toEqual(
      expect.arrayContaining(['camera.up', 'camera.up', 'sfu.linked', 'staff.connected', 'started']),
    );
  });

  test('says who was watching, when', () => {
    const { code, output } = audit(system.dataFolder, 'report', '--from', from, '--to', to, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject([
      { guardian: anna, room: 'sunflowers', picture: 'connected', end: { state: 'closed', reason: 'guardian-gone' } },
      { guardian: ben, room: 'bluebells', picture: 'connected', end: { state: 'closed', reason: 'cut' } },
      { guardian: ben, room: 'bluebells', picture: 'connected', end: { state: 'open' } },
    ]);
    expect(JSON.parse(output)).toHaveLength(3);
    const table = audit(system.dataFolder, 'report', '--from', from, '--to', to, '--room', 'sunflowers').output;
    expect(table.trimEnd().split('\n')).toHaveLength(2);
  });

  test('has the receipt of the cut, which the public key alone confirms, and which fails when altered', async () => {
    expect(receipt).toMatchObject({ state: 'confirmed', durable: true, viewsClosed: 1 });
    const { code, output } = audit(system.dataFolder, 'receipt', receipt.id);
    expect(code).toBe(0);
    expect(output).toMatch(/room bluebells of willow-house.*by director.*dark: 1 view closed.*signed {3}yes/s);

    const keys = await fetch(`${system.url}/.well-known/jwks.json`).then((reply) => reply.json());
    const verifySigned = createSignatureVerifier(keys);
    const { signature, ...content } = receiptSchema.parse(receipt);
    expect(await verifySigned(content, signature, receiptType)).toBe(true);
    expect(await verifySigned({ ...content, viewsClosed: 0 }, signature, receiptType)).toBe(false);
    expect(await verifySigned({ ...content, totalMs: content.totalMs + 1 }, signature, receiptType)).toBe(false);
    expect(await verifySigned(content, signature, 'peekaboo-head')).toBe(false);
    expect(await verifySigned(content, (await system.pass('staff')).pass, receiptType)).toBe(false);
    expect(audit(system.dataFolder, 'receipt', newId('receipt'))).toMatchObject({ code: 1 });
  });

  test('that somebody altered, or cut short, is found out by one clear line', () => {
    const copy = join(system.dataFolder, 'copy');
    mkdirSync(copy);
    for (const name of ['ledger.jsonl', 'heads.jsonl', 'head.json', 'jwks.json'])
      copyFileSync(join(system.dataFolder, name), join(copy, name));
    const lines = readFileSync(join(copy, 'ledger.jsonl'), 'utf8').trimEnd().split('\n');
    const index = lines.findIndex((line) => line.includes('"view.opened"'));
    const write = (changed: string[]) => writeFileSync(join(copy, 'ledger.jsonl'), changed.map((line) => `${line}\n`).join(''));

    write(lines.toSpliced(index, 1, lines[index]?.replace(anna, ben) ?? ''));
    expect(audit(copy, 'verify')).toMatchObject({ code: 1, errors: `BROKEN: entry ${index + 1}: was altered: it does not fit its hash\n` });
    write(lines.toSpliced(index, 1));
    expect(audit(copy, 'verify').errors).toMatch(new RegExp(`^BROKEN: entry ${index + 1}: is missing or out of order`));
    const signed = JSON.parse(readFileSync(join(copy, 'head.json'), 'utf8')).seq;
    write(lines.slice(0, signed - 1));
    expect(audit(copy, 'verify').errors).toMatch(new RegExp(`^BROKEN: entry ${signed}: is missing`));
    expect(audit(copy, 'report', '--from', from, '--to', to).code).toBe(1);
  });

  test('holds ids only: no address, no name, no pass', () => {
    const text = readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
    for (const secret of [...passes, '127.0.0.1', 'Willow House', 'Sunflowers', 'a=candidate']) expect(text).not.toContain(secret);
  });

  test('knows of a picture that was up when signal was killed, and until when at the latest', async () => {
    system.signal.kill('SIGKILL');
    await until('it is gone', () => system.signal.ended);
    const killedAt = Date.now();
    const again = new Program('apps/signal/src/main.ts', systemEnv(system.dataFolder, nurseryConfig()));
    await again.reported('signal listens', ({ port }) => port !== undefined);
    await until('it has written that it began', () => entriesOf(system).at(-1)?.kind === 'started');
    await again.stop();
    expect(entriesOf(system).filter(({ kind }) => kind === 'started')).toMatchObject([
      { detail: { after: 'nothing' } },
      { detail: { after: 'unknown' } },
    ]);
    const rows = JSON.parse(audit(system.dataFolder, 'report', '--from', from, '--to', to, '--json').output);
    expect(rows.at(-1)).toMatchObject({ guardian: ben, end: { state: 'unknown' } });
    expect(rows.at(-1).end.latest - killedAt).toBeLessThan(10_000);
    expect(audit(system.dataFolder, 'verify').code).toBe(0);
  });
});

describe('what staff were told is done', () => {
  test('is in the ledger, though signal was killed the next moment', async () => {
    // Entries that nobody waits for lie in memory for half a second here.
    const system = await System.start({ config: { ...nurseryConfig(), periods: { ledger: { batchMs: 500 } } } });
    const told = async (kinds: Entry['kind'][], act: (staff: StaffPage) => Promise<unknown>) => {
      const staff = await StaffPage.connect(system.url, await system.pass('staff'));
      await act(staff);
      system.signal.kill('SIGKILL');
      await until('signal is gone', () => system.signal.ended);
      expect(entriesOf(system).map(({ kind }) => kind)).toEqual(expect.arrayContaining(kinds));
      staff.close();
      await system.startSignal();
    };
    try {
      await told(['cut', 'lifted'], async (staff) => staff.lift((await staff.cutRoom('sunflowers')).hold.id));
      await told(['hours.changed'], (staff) => staff.setHours('sunflowers', { weekly: {}, exceptions: [] }));
      let [link, invited] = ['', ''];
      await told(['invited'], async (staff) => {
        const { guardian, path } = await ask(staff.socket, staffAsks, 'invite', { role: 'guardian', rooms: ['sunflowers'] }, 5_000);
        link = system.url + path;
        invited = guardian;
      });
      const terms = { rooms: ['bluebells'], hours: null, endsAt: null, reference: null };
      await told(['entitlement.changed'], (staff) =>
        ask(staff.socket, staffAsks, 'guardian.change', { guardian: invited, ...terms }, 5_000),
      );
      await told(['device.bound', 'pass.issued'], () => openInvite(link));
    } finally {
      await system.stop();
    }
  });
});

describe.skipIf(!canMount)('when the disk under the ledger is full', () => {
  let disk: SmallDisk;
  let system: System;
  let viewer: HeadlessViewer;
  beforeEach(async () => {
    disk = new SmallDisk(4 * 1024 * 1024);
    system = await System.start({ dataFolder: disk.folder });
    viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
  });
  afterEach(async () => {
    viewer.close();
    await system.stop().catch(() => undefined);
    disk.remove();
  });

  const metric = async () => /^peekaboo_ledger_writable (\d)/m.exec(await (await fetch(`${system.url}/metrics`)).text())?.[1];

  /** Fills the disk, and has enough happen that the ledger needs more of it. */
  const fillUp = async () => {
    disk.fill();
    await until(
      'the alarm is raised',
      async () => {
        const staff = await StaffPage.connect(system.url, await system.pass('staff'));
        staff.close();
        return (await metric()) === '0';
      },
      5_000,
    );
    return performance.now();
  };

  test('nobody is admitted; who watches goes dark after the grace; and it recovers by itself, saying so', async () => {
    const fullAt = await fillUp();
    const other = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    const refusal = await other.watch('sunflowers').catch((error) => error);
    expect(refusal.code).toBe('STORE_UNAVAILABLE');
    expect(viewer.closed).toEqual([]);

    await until('who watches is told', () => viewer.closed.length > 0, 15_000);
    const darkAfterMs = viewer.lastPacketAt - fullAt;
    console.log(`last packet ${Math.round(darkAfterMs)} ms after the ledger was found unwritable`);
    expect(viewer.closed[0]?.reason).toBe('lease-lapsed');
    expect(darkAfterMs).toBeGreaterThan(8_000);
    expect(darkAfterMs).toBeLessThan(12_500);

    disk.free();
    await until('the ledger is writable', async () => (await metric()) === '1', 5_000);
    await until('watching works again', () =>
      other.watch('sunflowers').then(
        () => true,
        () => false,
      ),
    );
    await other.picture();
    other.close();
    await until('the ledger says for how long', () => entriesOf(system).some(({ kind }) => kind === 'resumed'));
    expect(audit(disk.folder, 'verify').code).toBe(0);
    const closings = entriesOf(system).flatMap((entry) => (entry.kind === 'view.closed' ? [entry.detail.reason] : []));
    expect(closings).toContain('lease-lapsed');
  });

  test('a cut still makes everything dark, and says "not confirmed" until it is on disk', async () => {
    await fillUp();
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    await until('staff are told', () => staff.nursery?.alarms.some(({ kind }) => kind === 'ledger-unwritable'));
    const receipt = await staff.cutRoom('sunflowers');
    expect(receipt).toMatchObject({ state: 'not-confirmed', durable: false, acknowledgements: [{ state: 'dark', viewsClosed: 1 }] });
    const { packets } = viewer;
    await until('the viewer is told', () => viewer.closed[0]?.reason === 'cut');
    expect(viewer.packets).toBe(packets);

    disk.free();
    const final = await until('it is confirmed', () => staff.receipts.at(-1), 8_000);
    expect(final).toMatchObject({ id: receipt.id, state: 'confirmed', durable: true });
    expect(audit(disk.folder, 'receipt', receipt.id).code).toBe(0);
    staff.close();
  });
});
