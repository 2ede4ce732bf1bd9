import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { type DeviceKey, makeDeviceKey } from '@peekaboo/shared/device-key';
import type { InviteRequest } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { type Credentials, makeProof } from '@peekaboo/shared/proof';
import { staffAsks } from '@peekaboo/shared/wire';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { audit } from '../support/audit-command.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const nursery = 'willow-house';
/** Passes are short, so that they are seen to end; a busy machine may take its time with the disk. */
const config = { ...nurseryConfig(), periods: { pass: { validForMs: 8_000 }, ledger: { slowMs: 5_000 } } };

describe('somebody who is invited', () => {
  let system: System;
  let staff: StaffPage;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    system = await System.start({ config });
    staff = await StaffPage.connect(system.url, await system.pass('staff', { validForSeconds: 3_600 }));
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    staff?.close();
    await system?.stop();
  });

  const invite = async (request: Partial<InviteRequest> = {}) => {
    const whole = { role: 'guardian', rooms: ['sunflowers'], ...request } as InviteRequest;
    const invited = await ask(staff.socket, staffAsks, 'invite', whole, 5_000);
    return { ...invited, link: `${system.url}${invited.path}` };
  };
  const people = async () => (await ask(staff.socket, staffAsks, 'guardians', {}, 5_000)).guardians;
  const personOf = async (id: string) => (await people()).find((person) => person.id === id);
  const watch = async (credentials: Credentials) => {
    const viewer = await HeadlessViewer.connect(system.url, credentials);
    open.push(viewer);
    await viewer.watch('sunflowers');
    await viewer.picture();
    return viewer;
  };
  const renew = (key: DeviceKey) => askForPass(system.url, key, {}, Date.now(), 5_000);
  const refusalOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'taken',
      (error) => error.code ?? error.data?.code,
    );
  const entriesOn = (id: string) =>
    readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry)
      .filter(({ actor, subject }) => actor === id || subject === id);

  test('renews once more should the answer have been lost, by the pass that the device has, and by none before that', async () => {
    const { guardian, link } = await invite();
    const { pass: first, key } = await openInvite(link);
    const socket = connectSocket(system.url, 'guardian', { pass: first, key });
    open.push(socket);
    await connected(socket);
    const renewBy = async (pass: string) => {
      const proof = await makeProof(key, { method: 'POST', url: `${system.url}/guardian`, pass, now: Date.now() });
      const { ok, value, error } = await socket.timeout(5_000).emitWithAck('renew', { proof });
      return ok ? (value.pass as string) : error.code;
    };
    const untilAnother = () => new Promise((resolve) => setTimeout(resolve, 2_100)); // until then the same pass is given again
    await untilAnother();
    const second = await renewBy(first);
    expect([second === first, await renewBy(first)]).toEqual([false, second]);
    await untilAnother();
    expect([first, second]).not.toContain(await renewBy(second));
    expect(await renewBy(first)).toBe('PROOF_INVALID');
    await until('the ledger has it, once', () => entriesOn(guardian).filter(({ kind }) => kind === 'pass.refused').length === 1);
  });

  test('opens the link once, watches, and is in the ledger by ids alone', async () => {
    const { guardian, link } = await invite({ reference: 'C-042' });
    expect(await personOf(guardian)).toMatchObject({ state: 'invited', reference: 'C-042', devices: [] });
    const credentials = await openInvite(link);
    const viewer = await watch(credentials);
    expect(viewer.rooms?.rooms.map(({ id }) => id)).toEqual(['sunflowers']);
    expect(await personOf(guardian)).toMatchObject({ state: 'active', devices: [{ since: expect.any(Number) }] });
    expect(await refusalOf(openInvite(link))).toBe('INVITE_UNKNOWN');
    await until('the ledger has it', () => entriesOn(guardian).some(({ kind }) => kind === 'view.opened'));
    expect(entriesOn(guardian).map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['invited', 'device.bound', 'pass.issued', 'view.admitted', 'view.opened']),
    );
    const ledger = readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
    for (const secret of ['C-042', link.split('=')[1] ?? '', credentials.pass]) expect(ledger).not.toContain(secret);
    expect(audit(system.dataFolder, 'verify')).toMatchObject({ code: 0 });
  });

  test('is one: of two who open the link at the same moment, one gets in', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { link } = await invite();
      const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusalOf(openInvite(link))));
      expect(outcomes.toSorted()).toEqual([...Array(7).fill('INVITE_UNKNOWN'), 'taken']);
    }
  });

  test('may ask again with the same key when the answer was lost', async () => {
    const { link } = await invite();
    const key = await makeDeviceKey();
    const request = { invite: link.split('=')[1] ?? '', role: 'guardian' as const };
    for (let times = 0; times < 2; times += 1) {
      const { pass } = await askForPass(system.url, key, request, Date.now(), 5_000);
      await watch({ pass, key });
    }
  });

  test('on the wrong page gets nothing, and uses nothing up', async () => {
    const { link } = await invite();
    expect(await refusalOf(openInvite(link.replace('/#', '/staff#')))).toBe('INVITE_UNKNOWN');
    await openInvite(link);
  });

  test('goes on watching beyond the first pass, over the same connection, and counts as one', async () => {
    const { link } = await invite();
    const viewer = await watch(await openInvite(link));
    const end = performance.now() + 11_000;
    while (performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 2_000)); // time has to pass: a pass is good for eight seconds
      await viewer.renew();
    }
    await viewer.picture();
    expect(viewer.closed).toEqual([]);
  });

  test('who does not renew is out when the pass is', async () => {
    const { link } = await invite();
    const credentials = await openInvite(link);
    const viewer = await watch(credentials);
    await until('the view is closed', () => viewer.closed.length > 0, 12_000);
    await until('the connection is ended', () => !viewer.socket.connected);
    expect(await refusalOf(connected(connectSocket(system.url, 'guardian', credentials)))).toBe('PASS_EXPIRED');
    await watch({ ...(await renew(credentials.key)), key: credentials.key }); // by the key alone
  });

  test('cannot be renewed by anybody else, or with a proof for something else', async () => {
    const { link } = await invite();
    const own = await openInvite(link);
    expect(await refusalOf(renew(await makeDeviceKey()))).toBe('DEVICE_UNKNOWN');
    const viewer = await watch(own);
    const url = `${system.url}/guardian`;
    const renewal = (request: object) => viewer.socket.timeout(5_000).emitWithAck('renew', request);
    const proofs = [
      await makeProof(await makeDeviceKey(), { method: 'POST', url, pass: own.pass, now: Date.now() }),
      await makeProof(own.key, { method: 'GET', url, pass: own.pass, now: Date.now() }),
      await makeProof(own.key, { method: 'POST', url: `${system.url}/pass`, pass: own.pass, now: Date.now() }),
      await makeProof(own.key, { method: 'POST', url, pass: 'another.pass.now', now: Date.now() }),
    ];
    for (const proof of proofs) expect(await renewal({ proof })).toMatchObject({ ok: false, error: { code: 'PROOF_INVALID' } });
    const proof = await makeProof(own.key, { method: 'POST', url, pass: own.pass, now: Date.now() });
    expect(await renewal({ proof })).toMatchObject({ ok: true });
    expect(await renewal({ proof })).toMatchObject({ ok: false }); // it names the pass before, and was used
  });

  test('POST /pass: refusals are typed, nothing is cached, a proof counts once', async () => {
    const { link } = await invite();
    const key = await makeDeviceKey();
    const proof = () => makeProof(key, { method: 'POST', url: `${system.url}/pass`, now: Date.now() });
    const post = async (body: unknown, headers: Record<string, string>) => {
      const init = { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
      const response = await fetch(`${system.url}/pass`, init);
      return { status: response.status, cache: response.headers.get('cache-control'), body: await response.json() };
    };
    expect(await post({}, {})).toMatchObject({ status: 401, cache: 'no-store', body: { error: { code: 'PROOF_INVALID' } } });
    expect(await post({ invite: 'short', role: 'guardian' }, { DPoP: await proof() })).toMatchObject({ status: 400 });
    expect(await post({ admin: true }, { DPoP: await proof() })).toMatchObject({ status: 400, body: { error: { code: 'BAD_MESSAGE' } } });
    const request = { invite: link.split('=')[1], role: 'guardian' };
    const once = await proof();
    expect(await post(request, { DPoP: once })).toMatchObject({ status: 200, cache: 'no-store', body: { pass: expect.any(String) } });
    expect(await post(request, { DPoP: once })).toMatchObject({ status: 401, body: { error: { code: 'PROOF_REPLAYED' } } });
    expect((await fetch(`${system.url}/pass?invite=${request.invite}`)).status).toBe(404);
  });

  test('and removed is dark at once, and no key or pass of theirs opens anything again, whatever is restarted', async () => {
    const { guardian, link } = await invite();
    const phone = await openInvite(link);
    const again = await ask(staff.socket, staffAsks, 'invite.again', { guardian }, 5_000);
    const tablet = await openInvite(`${system.url}${again.path}`);
    const late = await ask(staff.socket, staffAsks, 'invite.again', { guardian }, 5_000);
    const viewers = await Promise.all([watch(phone), watch(tablet)]);
    const receipt = await ask(staff.socket, staffAsks, 'guardian.remove', { guardian, reason: 'left the nursery' }, 5_000);
    const counts = viewers.map(({ packets }) => packets);
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 2, hold: { final: true } });
    for (const viewer of viewers) await until('the page is told', () => viewer.closed[0]?.reason === 'revoked');
    expect(viewers.map(({ packets }) => packets)).toEqual(counts);
    expect(await personOf(guardian)).toMatchObject({ state: 'ended' });
    expect(entriesOn(guardian).some(({ kind }) => kind === 'removed')).toBe(true);

    const nothingOpens = async () => {
      for (const { key } of [phone, tablet]) expect(await refusalOf(renew(key))).toBe('PASS_REVOKED');
      expect(['PASS_REVOKED', 'PASS_EXPIRED']).toContain(await refusalOf(connected(connectSocket(system.url, 'guardian', phone))));
      expect(await refusalOf(openInvite(`${system.url}${late.path}`))).toBe('INVITE_UNKNOWN');
    };
    await nothingOpens();
    expect(await refusalOf(ask(staff.socket, staffAsks, 'invite.again', { guardian }, 5_000))).toBe('PERSON_UNKNOWN');

    staff.close();
    await Promise.all([system.signal.stop(), system.sfu.stop()]);
    system = await System.start({
      dataFolder: system.dataFolder,
      config: { ...nurseryConfig(), periods: { pass: { validForMs: 5_000 } } },
    });
    staff = await StaffPage.connect(system.url, await system.pass('staff', { validForSeconds: 3_600 }));
    expect(await personOf(guardian)).toMatchObject({ state: 'ended' });
    await nothingOpens();
  });

  test('loses one device, by a revocation of its pass: that one stays out, also with new passes, the other goes on', async () => {
    const { guardian, link } = await invite();
    const lost = await openInvite(link);
    const again = await ask(staff.socket, staffAsks, 'invite.again', { guardian }, 5_000);
    const kept = await openInvite(`${system.url}${again.path}`);
    const [first] = (await personOf(guardian))?.devices ?? [];
    const viewer = await watch(kept);
    await renew(lost.key); // its passes come and go, and are revoked all the same
    await staff.revoke({ kind: 'pass', nursery, pass: first?.pass ?? '' });
    expect(await refusalOf(renew(lost.key))).toBe('PASS_REVOKED');
    await renew(kept.key);
    await viewer.picture();
    expect(viewer.closed).toEqual([]);
    expect(await personOf(guardian)).toMatchObject({ state: 'active' });
  });

  test('with an end date is out on that day, though the link stays', async () => {
    const { guardian, link } = await invite({ endsAt: Date.now() + 4_000 });
    const credentials = await openInvite(link);
    const viewer = await watch(credentials);
    await until('it is over', () => viewer.closed.length > 0, 6_000);
    expect(viewer.closed[0]?.reason).toBe('expired');
    expect(await refusalOf(renew(credentials.key))).toBe('PASS_EXPIRED');
    expect(await personOf(guardian)).toMatchObject({ state: 'ended' });
  });

  test('with hours of their own, or none, is held to them', async () => {
    const { link } = await invite({ hours: { weekly: {}, exceptions: [] } });
    const viewer = await HeadlessViewer.connect(system.url, await openInvite(link));
    open.push(viewer);
    expect(await refusalOf(viewer.watch('sunflowers'))).toBe('OUTSIDE_HOURS');
  });

  test('whose link went astray gets another, and the one before opens nothing, though they have a device already', async () => {
    const { guardian, link: astray } = await invite();
    const again = async () => `${system.url}${(await ask(staff.socket, staffAsks, 'invite.again', { guardian }, 5_000)).path}`;
    const second = await again();
    expect(await refusalOf(openInvite(astray))).toBe('INVITE_UNKNOWN');
    expect(await personOf(guardian)).toMatchObject({ state: 'invited', linkUntil: expect.any(Number) });
    await openInvite(second);
    expect((await personOf(guardian))?.linkUntil).toBeUndefined();
    const third = await again();
    const [device] = (await personOf(guardian))?.devices ?? [];
    expect(await personOf(guardian)).toMatchObject({ state: 'active', linkUntil: expect.any(Number) });
    await staff.revoke({ kind: 'pass', nursery, pass: device?.pass ?? '' });
    expect(await refusalOf(openInvite(third))).toBe('INVITE_UNKNOWN');
  });

  const mistakes: [string, object, string][] = [
    ['a room that is not there', { rooms: ['no-such-room'] }, 'BAD_MESSAGE'],
    ['no room', { rooms: [] }, 'BAD_MESSAGE'],
    ['an end in the past', { endsAt: 1 }, 'BAD_MESSAGE'],
    ['a name for a reference', { reference: 'Anna' }, 'BAD_MESSAGE'],
    ['an e-mail address for a reference', { reference: 'a@b.example' }, 'BAD_MESSAGE'],
    [
      'an hour that does not exist',
      { hours: { weekly: {}, exceptions: [{ date: '2027-03-28', windows: ['01:30-05:00'] }] } },
      'HOURS_INVALID',
    ],
    [
      'more dates than fit into a pass',
      {
        hours: {
          weekly: {},
          exceptions: Array.from({ length: 400 }, (_, day) => ({
            date: new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 10),
            windows: [],
          })),
        },
      },
      'BAD_MESSAGE',
    ],
    ['an end beyond every calendar', { endsAt: 1e16 }, 'BAD_MESSAGE'],
    ['an end after 2099', { endsAt: Date.UTC(2100, 0, 2) }, 'BAD_MESSAGE'],
    ['a right that only staff have', { right: 'administer' }, 'BAD_MESSAGE'],
    ['a field too many', { email: 'a@b.example' }, 'BAD_MESSAGE'],
  ];
  test.for(mistakes)('cannot be invited with %s', async ([, request, code]) => {
    expect(await refusalOf(invite(request as never))).toBe(code);
  });

  test('as staff may do what their right says, and nothing more', async () => {
    const may = async (right: 'observe' | 'cut' | 'administer') => {
      const { link } = await invite({ role: 'staff', right, rooms: [] });
      const page = await StaffPage.connect(system.url, await openInvite(link));
      open.push(page);
      await until('the nursery is shown', () => page.nursery);
      expect(page.nursery?.right).toBe(right);
      const receipt = page.cut({ kind: 'guardian', nursery, guardian: newId('guardian') });
      const asks = {
        cut: await refusalOf(receipt),
        lift: await refusalOf(page.lift((await receipt.catch(() => undefined))?.hold.id ?? newId('hold'))),
        invite: await refusalOf(ask(page.socket, staffAsks, 'invite', { role: 'guardian', rooms: ['sunflowers'] }, 5_000)),
        remove: await refusalOf(ask(page.socket, staffAsks, 'guardian.remove', { guardian: newId('guardian'), reason: 'x' }, 5_000)),
        list: await refusalOf(ask(page.socket, staffAsks, 'guardians', {}, 5_000)),
        hours: await refusalOf(ask(page.socket, staffAsks, 'hours.reset', { room: 'sunflowers' }, 5_000)),
        revoke: await refusalOf(page.revoke({ kind: 'guardian', nursery, guardian: newId('guardian') })),
      };
      return { asks, page };
    };
    const no = 'RIGHT_MISSING';
    const observer = await may('observe');
    expect(observer.asks).toEqual({ cut: no, lift: no, invite: no, remove: no, list: no, hours: no, revoke: no });
    await staff.cutRoom('bluebells');
    await until('they see that it is dark', () => observer.page.nursery?.rooms.some(({ state }) => state.state === 'held'));
    expect(observer.page.nursery?.holds).toEqual([]); // nothing of who, and why
    expect((await may('cut')).asks).toEqual({ cut: 'taken', lift: 'taken', invite: no, remove: no, list: no, hours: no, revoke: no });
    expect((await may('administer')).asks).toMatchObject({
      cut: 'taken',
      invite: 'taken',
      remove: 'PERSON_UNKNOWN',
      list: 'taken',
      revoke: 'taken',
    });
  });
});
