import { appendFileSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock } from '@peekaboo/shared/clock';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods, type Periods } from '@peekaboo/shared/periods';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Entry } from '../../../apps/signal/src/audit/entry.ts';
import { parseHead } from '../../../apps/signal/src/audit/heads.ts';
import type { Ledger } from '../../../apps/signal/src/audit/ledger.ts';
import { openLedger } from '../../../apps/signal/src/audit/open-ledger.ts';
import { verifyLedger } from '../../../apps/signal/src/audit/verify.ts';
import { type Issuer, openIssuer } from '../../../apps/signal/src/identity/issuer.ts';
import { createSignatureVerifier } from '../../../apps/signal/src/identity/signed.ts';
import { canMount, SmallDisk } from '../../support/small-disk.ts';
import { until } from '../../support/until.ts';

const log = createLogger('test', 'silent');
const staffConnected = () => ({ kind: 'staff.connected', actor: newId('staff'), subject: newId('pass'), detail: {} }) as const;
const admitted = () =>
  ({ kind: 'view.admitted', actor: 'g', subject: newId('pass'), room: 'sun', view: newId('view'), detail: { sfu: 'sfu-1' } }) as const;

let folder: string;
let issuer: Issuer;
const open = (periods: Partial<Periods['ledger']> = {}) =>
  openLedger({ folder, issuer, clock, log, periods: { ...defaultPeriods.ledger, ...periods } });
const verify = (witness?: string) =>
  verifyLedger({
    folder,
    verifySigned: createSignatureVerifier(issuer.jwks),
    signatures: 'all',
    ...(witness && { witness: parseHead(Buffer.from(witness)) as never }),
  });
const path = (name: string) => join(folder, name);
const read = (name = 'ledger.jsonl') => readFileSync(path(name), 'utf8');
const entries = () =>
  read()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry);
const kinds = () => entries().map(({ kind }) => kind);

/** A ledger with some entries that was closed in order. */
async function makeLedger(count: number): Promise<void> {
  const ledger = await open();
  for (let made = 0; made < count; made += 1) ledger.record(staffConnected());
  await ledger.close();
}

describe('a ledger', () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-ledger-'));
    issuer = await openIssuer(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('has what it was told, in order, between its start and its stop, and verifies up to a signed head', async () => {
    const ledger = await open();
    const events = [staffConnected(), admitted(), staffConnected()];
    for (const event of events) ledger.record(event);
    await ledger.close();
    expect(kinds()).toEqual(['started', ...events.map(({ kind }) => kind), 'stopped']);
    expect(entries().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(entries()[2]).toMatchObject({ ...events[1] });
    expect(await verify()).toMatchObject({ state: 'intact', last: { seq: 5 }, newest: { seq: 5 } });
  });

  test('writes what it is told during a write soon after, though nothing else is told', async () => {
    const ledger = await open({ batchMs: 1 });
    // The timer of the second is to strike while the first is still being synced: on most disks it does at once.
    for (let round = 1; round <= 100; round += 1) {
      const written = ledger.recordDurably(staffConnected());
      ledger.record(staffConnected());
      await written;
      await until('it is written', () => kinds().filter((kind) => kind === 'staff.connected').length === 2 * round, 2_000);
    }
    await ledger.close();
  });

  test('keeps whatever says who may watch, or did, when more waits than it holds in memory', async () => {
    const ledger = await open({ batchMs: 500 });
    for (let told = 0; told < 10_001; told += 1) ledger.record(staffConnected());
    ledger.record({ kind: 'removed', actor: newId('staff'), subject: newId('guardian'), detail: { reason: 'left' } });
    ledger.record({ kind: 'config.changed', detail: { rooms: ['sun'] } });
    await ledger.recordDurably(admitted());
    await ledger.close();
    expect(kinds().slice(-4)).toEqual(['removed', 'config.changed', 'view.admitted', 'stopped']);
    expect(kinds().length).toBeLessThan(10_005);
  });

  test('goes on where it ended, and says how the run before ended', async () => {
    await makeLedger(1);
    const second = await open();
    await second.recordDurably(staffConnected()); // and then it is killed: nothing is closed
    await until('its start is signed', () => parseHead(readFileSync(path('head.json')))?.seq === 4);
    await makeLedger(0);
    const starts = entries().flatMap((entry) => (entry.kind === 'started' ? [entry.detail.after] : []));
    expect(starts).toEqual(['nothing', 'stop', 'unknown']);
    expect(await verify()).toMatchObject({ state: 'intact' });
    await second.close().catch(() => undefined);
  });

  test('is on disk when recording durably has resolved, and otherwise soon', async () => {
    const ledger = await open();
    await ledger.recordDurably(staffConnected());
    expect(kinds()).toEqual(['started', 'staff.connected']);
    ledger.record(staffConnected());
    await until('the entry is on disk', () => kinds().length === 3, 500);
    await ledger.close();
  });

  test('signs its head every period in which something was added or a view is open, and not otherwise', async () => {
    const ledger = await open({ headEveryMs: 30 });
    const heads = () => read('heads.jsonl').trimEnd().split('\n').length;
    await until('the start is signed', () => parseHead(readFileSync(path('head.json')))?.seq === 1);
    const before = heads();
    await new Promise((resolve) => setTimeout(resolve, 150)); // nothing must happen
    expect(heads()).toBe(before);
    ledger.record(admitted());
    await until('heads are signed while the view is open', () => heads() > before + 3);
    await ledger.close();
    expect(await verify()).toMatchObject({ state: 'intact' });
  });

  test('cut short after any entry is found out against the newest signed head', async () => {
    await makeLedger(60);
    const content = read();
    const lines = content.trimEnd().split('\n');
    for (let kept = 0; kept < lines.length; kept += 1) {
      writeFileSync(
        path('ledger.jsonl'),
        lines
          .slice(0, kept)
          .map((line) => `${line}\n`)
          .join(''),
      );
      const verdict = await verify();
      expect(verdict).toMatchObject({ state: 'broken', message: expect.stringContaining(`entry ${kept + 1}: is missing`) });
    }
    writeFileSync(path('ledger.jsonl'), content);
    expect(await verify()).toMatchObject({ state: 'intact' });
  });

  test('cut short together with its heads is found out against a copied head', async () => {
    await makeLedger(3);
    const [ledger, heads, newest] = [read(), read('heads.jsonl'), read('head.json')];
    await makeLedger(3);
    const witness = read('head.json');
    for (const [name, content] of [
      ['ledger.jsonl', ledger],
      ['heads.jsonl', heads],
      ['head.json', newest],
    ] as const)
      writeFileSync(path(name), content);
    expect(await verify()).toMatchObject({ state: 'intact' });
    expect(await verify(witness)).toMatchObject({
      state: 'broken',
      message: expect.stringMatching(/entry 6: is missing; entry 10 was there/),
    });
    expect(await verify(newest)).toMatchObject({ state: 'intact' });
  });

  test('written anew in whole by somebody without the key does not fit its heads, nor can they be signed', async () => {
    await makeLedger(3);
    const heads = read('heads.jsonl');
    const mine = folder;
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-ledger-'));
    const mineIssuer = issuer;
    issuer = await openIssuer(folder);
    await makeLedger(3);
    const [forged, forgedHeads] = [read(), read('heads.jsonl')];
    rmSync(folder, { recursive: true });
    [folder, issuer] = [mine, mineIssuer];
    writeFileSync(path('ledger.jsonl'), forged);
    expect(await verify()).toMatchObject({ state: 'broken', message: expect.stringMatching(/is not the one that was signed/) });
    writeFileSync(path('heads.jsonl'), forgedHeads);
    expect(await verify()).toMatchObject({ state: 'broken', message: expect.stringMatching(/not signed by the key/) });
    writeFileSync(path('heads.jsonl'), heads.slice(0, heads.indexOf('\n') + 1));
    expect(await verify()).toMatchObject({ state: 'broken' });
  });

  test('without its heads does not verify', async () => {
    await makeLedger(1);
    for (const name of ['heads.jsonl', 'head.json']) rmSync(path(name));
    expect(await verify()).toMatchObject({ state: 'broken' });
  });

  test('every byte of its heads counts, too', async () => {
    await makeLedger(1);
    const content = readFileSync(path('heads.jsonl'));
    for (let at = 0; at < content.length; at += 1) {
      const changed = Buffer.from(content);
      changed[at] = (changed[at] as number) ^ (1 + (at % 255));
      writeFileSync(path('heads.jsonl'), changed);
      expect(await verify(), `byte ${at}`).toMatchObject({ state: 'broken' });
    }
  });

  test('that was altered is not added to: signal refuses to start, and names the entry', async () => {
    await makeLedger(5);
    writeFileSync(path('ledger.jsonl'), read().replace('"seq":4', '"seq":5'));
    await expect(open()).rejects.toThrow(/entry 4: was altered/);
  });

  test('whose last line a power cut tore is kept whole: the rest of the line is put aside, and an entry says so', async () => {
    await makeLedger(2);
    appendFileSync(path('ledger.jsonl'), '{"actor":null,"at":17');
    expect(await verify()).toMatchObject({ state: 'broken', message: expect.stringContaining('entry 5: is torn') });
    await makeLedger(0);
    const recovered = entries()[4];
    if (recovered?.kind !== 'recovered') throw new Error(`not recovered: ${recovered?.kind}`);
    expect(recovered.detail).toMatchObject({ file: 'ledger.jsonl', bytes: 21 });
    expect(read(recovered.detail.keptIn)).toBe('{"actor":null,"at":17');
    expect(await verify()).toMatchObject({ state: 'intact' });
  });

  test('that lost a whole signed entry in a power cut is not taken for one that is merely torn', async () => {
    await makeLedger(2);
    truncateSync(path('ledger.jsonl'), read().length - 10);
    await expect(open()).rejects.toThrow(/entry 4: is missing/);
  });

  test.each<[string, () => void]>([
    ['moved away', () => renameSync(path('ledger.jsonl'), path('moved'))],
    ['cut short', () => truncateSync(path('ledger.jsonl'), 10)],
    ['written by another process', () => appendFileSync(path('ledger.jsonl'), 'x\n')],
  ])('that is %s while it runs is no longer writable: nothing goes where nobody finds it', async (_, change) => {
    const ledger = await open();
    await ledger.recordDurably(staffConnected());
    change();
    await expect(ledger.recordOrRefuse(admitted())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(ledger.writable).toBe(false);
    await ledger.close();
  });
});

describe.skipIf(!canMount)('a ledger on a full disk', () => {
  let disk: SmallDisk;
  let ledger: Ledger;
  beforeEach(async () => {
    disk = new SmallDisk(128 * 1024);
    folder = disk.folder;
    issuer = await openIssuer(folder);
    ledger = await open({ retryMs: 20, graceMs: 200 });
    await ledger.recordDurably(staffConnected());
  });
  afterEach(async () => {
    disk.free();
    await ledger.close();
    disk.remove();
  });

  /** Tells it more than fits into what is left of its last block. */
  const overfill = () => {
    disk.fill();
    for (let told = 0; told < 20; told += 1) ledger.record(staffConnected());
  };

  test('admits nobody from then on, and after the grace nothing may stay open', async () => {
    overfill();
    await until('it is not writable', () => !ledger.writable, 1_000);
    expect(ledger.graceIsOver).toBe(false);
    await expect(ledger.recordOrRefuse(admitted())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await until('the grace is over', () => ledger.graceIsOver, 1_000);
  });

  test('keeps what it is told, writes it when there is room again, and says for how long it could not', async () => {
    overfill();
    await until('it is not writable', () => !ledger.writable, 1_000);
    const durable = ledger.recordDurably({ kind: 'lifted', detail: { reason: 'r', revision: 1 } });
    await until('the grace is over', () => ledger.graceIsOver, 1_000);
    disk.free();
    await durable;
    await until('it is writable', () => ledger.writable && kinds().includes('resumed'));
    expect(kinds().filter((kind) => kind === 'staff.connected')).toHaveLength(21);
    const resumed = entries().flatMap((entry) => (entry.kind === 'resumed' ? [entry.detail] : []));
    expect(resumed).toMatchObject([{ cause: 'ENOSPC', left: 0 }]);
    expect(resumed[0]?.unwritableMs).toBeGreaterThanOrEqual(200);
    await until('the head is signed', () => parseHead(readFileSync(path('head.json')))?.seq === ledger.length);
    expect(await verify()).toMatchObject({ state: 'intact' });
  });

  test('leaves half a line at worst, which is found at the next start', async () => {
    overfill();
    await until('it is not writable', () => !ledger.writable, 1_000);
    expect(readdirSync(folder)).toContain('ledger.jsonl');
    expect(read().endsWith('\n')).toBe(true);
  });
});
