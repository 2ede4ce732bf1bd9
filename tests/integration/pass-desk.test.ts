import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { connected, connectSocket, connectWith } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { type DeviceKey, makeDeviceKey, nonce } from '@peekaboo/shared/device-key';
import { newId } from '@peekaboo/shared/ids';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { makeHandshake } from '@peekaboo/shared/proof';
import { staffAsks } from '@peekaboo/shared/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** What is handed out, how often, to whom not; and what the ledger knows of it. */
describe('whoever asks for a pass', () => {
  let system: System;
  let staff: StaffPage;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    system = await System.start();
    staff = await StaffPage.connect(system.url, await system.pass('staff'));
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    staff?.close();
    await system?.stop();
  });

  const entries = () =>
    readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
  const refusalsOf = (id: string) => entries().filter(({ kind, actor }) => kind.endsWith('.refused') && actor === id);
  const invite = async () => {
    const { guardian, path } = await ask(staff.socket, staffAsks, 'invite', { role: 'guardian', rooms: ['sunflowers'] }, 5_000);
    return { guardian, link: `${system.url}${path}`, secret: path.split('=')[1] ?? '' };
  };
  const swap = (invite: string, key: DeviceKey) => askForPass(system.url, key, { invite, role: 'guardian' }, Date.now(), 5_000);
  const renew = (key: DeviceKey) => askForPass(system.url, key, {}, Date.now(), 5_000);
  const refusalOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'taken',
      (error) => error.code ?? error.data?.code,
    );

  test('may try invites that never were without end, and takes no place that those who were invited need', {
    timeout: 60_000,
  }, async () => {
    const key = await makeDeviceKey();
    const outcomes: Record<string, number> = {};
    for (let round = 0; round < 70; round += 1) {
      const some = await Promise.all(Array.from({ length: 16 }, () => refusalOf(swap(nonce(32), key))));
      for (const outcome of some) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    }
    expect(outcomes).toEqual({ INVITE_UNKNOWN: 1_120 }); // more than signal remembers of one key
    await swap((await invite()).secret, key);
  });

  test('without pause is handed the same pass, and fills no ledger', async () => {
    const { guardian, secret } = await invite();
    const key = await makeDeviceKey();
    const first = await swap(secret, key);
    const more = await Promise.all(Array.from({ length: 200 }, (_, index) => (index % 2 ? renew(key) : swap(secret, key))));
    expect(new Set(more.map(({ pass }) => pass))).toEqual(new Set([first.pass]));
    for (const { validForMs } of more) expect(validForMs).toBeLessThanOrEqual(first.validForMs);
    const viewer = await HeadlessViewer.connect(system.url, { pass: more[0]?.pass ?? '', key });
    open.push(viewer);
    const kinds = entries().flatMap(({ kind, actor }) => (actor === guardian ? [kind] : []));
    expect(kinds).toEqual(['device.bound', 'pass.issued']);
  });

  test('with a link that another device has used is refused, and the ledger knows whose link it was', async () => {
    const { guardian, link } = await invite();
    await openInvite(link);
    expect(await refusalOf(openInvite(link))).toBe('INVITE_UNKNOWN');
    await until('the ledger has it', () => refusalsOf(guardian).length > 0);
    expect(refusalsOf(guardian)).toMatchObject([{ kind: 'pass.refused', subject: null, detail: { code: 'INVITE_UNKNOWN', times: 1 } }]);
  });

  test('and was removed is refused, and the ledger knows', async () => {
    const { guardian, link } = await invite();
    const { key } = await openInvite(link);
    await ask(staff.socket, staffAsks, 'guardian.remove', { guardian, reason: 'left' }, 5_000);
    expect(await refusalOf(renew(key))).toBe('PASS_REVOKED');
    await until('the ledger has it', () => refusalsOf(guardian).length > 0);
    const subject = entries().find(({ kind, actor }) => kind === 'device.bound' && actor === guardian)?.subject;
    expect(refusalsOf(guardian)).toMatchObject([{ kind: 'pass.refused', subject, detail: { code: 'PASS_REVOKED' } }]);
  });

  test('comes with a pass that has run out, or was copied after that, is in the ledger; with one that was never issued nobody is', async () => {
    const sub = newId('guardian');
    const expired = await system.pass('guardian', { sub, validForSeconds: -1 });
    expect(await refusalOf(connected(connectSocket(system.url, 'guardian', expired)))).toBe('PASS_EXPIRED');
    await until('the ledger has it', () => refusalsOf(sub).length > 0);
    expect(refusalsOf(sub)).toMatchObject([{ kind: 'pass.refused', detail: { code: 'PASS_EXPIRED' } }]);
    const forged = { ...expired, pass: `${expired.pass.slice(0, -8)}AAAAAAAA` };
    expect(await refusalOf(connected(connectSocket(system.url, 'guardian', forged)))).toBe('PASS_INVALID');
    expect(refusalsOf(sub)).toHaveLength(1);
  });

  test('with a proof from before signal was started again has to sign anew', { timeout: 30_000 }, async () => {
    const credentials = await system.pass('guardian');
    const handshake = await makeHandshake(credentials, `${system.url}/guardian`, Date.now());
    const present = () => {
      const socket = connectWith(system.url, 'guardian', () => handshake);
      return refusalOf(connected(socket)).finally(() => socket.disconnect());
    };
    expect(await present()).toBe('taken');
    expect(await present()).toBe('PROOF_REPLAYED');
    await system.signal.stop();
    await system.startSignal();
    expect(await present()).toBe('PROOF_STALE');
    const viewer = await HeadlessViewer.connect(system.url, credentials);
    open.push(viewer);
  });
});
