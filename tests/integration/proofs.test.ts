import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectSocket, connectWith } from '@peekaboo/headless-viewer/socket';
import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { newId } from '@peekaboo/shared/ids';
import { type Credentials, makeHandshake, makeProof } from '@peekaboo/shared/proof';
import type { Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** What a pass is worth in the hands of somebody else. */
describe('a pass', () => {
  let system: System;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    system = await System.start();
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(() => system?.stop());

  const outcomeOf = async (socket: Socket) => {
    const outcome = await connected(socket).then(
      () => 'open',
      (error) => error.data?.code ?? error.message,
    );
    socket.disconnect();
    return outcome;
  };
  const url = () => `${system.url}/guardian`;
  const refusalsOf = (sub: string) =>
    readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry)
      .flatMap((entry) => ((entry.kind === 'pass.refused' || entry.kind === 'view.refused') && entry.actor === sub ? [entry] : []));

  test('that was copied to another browser opens nothing there, and the ledger knows', async () => {
    const sub = newId('guardian');
    const { pass } = await system.pass('guardian', { sub });
    expect(await outcomeOf(connectSocket(system.url, 'guardian', { pass, key: await makeDeviceKey() }))).toBe('PROOF_INVALID');
    expect(await outcomeOf(connectWith(system.url, 'guardian', () => ({ pass })))).toBe('PROOF_INVALID');
    await until('the ledger has it', () => refusalsOf(sub).length > 0);
    expect(refusalsOf(sub)).toMatchObject([{ kind: 'pass.refused', detail: { code: 'PROOF_INVALID', times: 1 } }]);
  });

  test('of staff and of an SFU is worth as little', async () => {
    for (const role of ['staff', 'sfu'] as const) {
      const { pass } = await system.pass(role);
      expect(await outcomeOf(connectSocket(system.url, role, { pass, key: await makeDeviceKey() }))).toBe('PROOF_INVALID');
    }
  });

  test('with the proof of a connection that was overheard opens nothing', async () => {
    const credentials = await system.pass('guardian');
    const overheard = await makeHandshake(credentials, url(), Date.now());
    expect(await outcomeOf(connectWith(system.url, 'guardian', () => overheard))).toBe('open');
    expect(await outcomeOf(connectWith(system.url, 'guardian', () => overheard))).toBe('PROOF_REPLAYED');
    expect(await outcomeOf(connectSocket(system.url, 'guardian', credentials))).toBe('open'); // its owner signs anew
  });

  const otherProofs: [string, (credentials: Credentials, other: Credentials) => Promise<string>][] = [
    ['another page', ({ pass, key }) => makeProof(key, { method: 'GET', url: `${system.url}/staff`, pass, now: Date.now() })],
    ['another server', ({ pass, key }) => makeProof(key, { method: 'GET', url: 'https://evil.example/guardian', pass, now: Date.now() })],
    ['another method', ({ pass, key }) => makeProof(key, { method: 'POST', url: url(), pass, now: Date.now() })],
    ['another pass', ({ key }, { pass }) => makeProof(key, { method: 'GET', url: url(), pass, now: Date.now() })],
    ['another key', ({ pass }, { key }) => makeProof(key, { method: 'GET', url: url(), pass, now: Date.now() })],
  ];
  test.for(otherProofs)('with a proof for %s opens nothing', async ([, prove]) => {
    const credentials = await system.pass('guardian');
    const proof = await prove(credentials, await system.pass('guardian'));
    expect(await outcomeOf(connectWith(system.url, 'guardian', () => ({ pass: credentials.pass, proof })))).toBe('PROOF_INVALID');
  });

  test('on a device whose clock is wrong is told the time', async () => {
    const credentials = await system.pass('guardian');
    const socket = connectWith(system.url, 'guardian', () => makeHandshake(credentials, url(), Date.now() - 3_600_000));
    const refusal = await connected(socket).catch((error) => error.data);
    expect(refusal.code).toBe('PROOF_STALE');
    expect(Math.abs(refusal.now - Date.now())).toBeLessThan(5_000);
  });

  const watcher = async (sub = newId('guardian')) => {
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian', { sub }));
    open.push(viewer);
    const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'sunflowers' });
    return { viewer, sub, view: value.view as string, offer: value.offer as string };
  };

  test('opens no view for the certificate of another device, and the ledger knows', async () => {
    const { viewer, sub, view, offer } = await watcher();
    const thief = await watcher();
    const own = await viewer.signed(view, await viewer.answerTo(offer));
    const stolen = { ...own, sdp: await thief.viewer.answerTo(offer) };
    const answer = (request: object) => viewer.socket.timeout(5_000).emitWithAck('answer', request);
    expect(await answer(stolen)).toMatchObject({ ok: false, error: { code: 'FINGERPRINT_UNPROVEN' } });
    expect(await answer(own)).toMatchObject({ ok: false, error: { code: 'VIEW_UNKNOWN' } }); // the view ended there and then
    await until('the ledger has both', () => refusalsOf(sub).length > 1);
    expect(refusalsOf(sub)).toMatchObject([
      { kind: 'view.refused', room: 'sunflowers', detail: { code: 'FINGERPRINT_UNPROVEN' } },
      { kind: 'view.refused', detail: { code: 'VIEW_UNKNOWN' } },
    ]);
    expect(thief.viewer.packets).toBe(0);
  });

  test('opens no view by an answer signed with another key, for another view, or without any signature', async () => {
    const signed: ((own: Awaited<ReturnType<typeof watcher>>, sdp: string) => Promise<object>)[] = [
      async ({ view }, sdp) => (await watcher()).viewer.signed(view, sdp),
      async ({ viewer, view }, sdp) => ({ ...(await viewer.signed(newId('view'), sdp)), view }),
      async ({ view }, sdp) => ({ view, sdp, proof: 'x.y.z' }),
    ];
    for (const sign of signed) {
      const own = await watcher();
      const request = await sign(own, await own.viewer.answerTo(own.offer));
      const reply = await own.viewer.socket.timeout(5_000).emitWithAck('answer', request);
      expect(reply).toMatchObject({ ok: false, error: { code: 'PROOF_INVALID' } });
    }
  });
});
