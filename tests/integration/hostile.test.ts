import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { connected, connectSocket, connectWith } from '@peekaboo/headless-viewer/socket';
import { passAudience, passIssuer, passType } from '@peekaboo/shared/pass';
import type { Credentials } from '@peekaboo/shared/proof';
import type { namespaces } from '@peekaboo/shared/wire';
import { base64url, exportSPKI, importJWK, type JWTPayload, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const megabyte = 'x'.repeat(1_000_000);

describe('a hostile client', () => {
  let system: System;
  /** Somebody else, who must not notice anything. */
  let bystander: HeadlessViewer;

  beforeAll(async () => {
    system = await System.start();
    bystander = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await bystander.watch('sunflowers');
    await bystander.picture();
  });
  afterAll(async () => {
    expect(bystander.closed).toEqual([]);
    await bystander.picture(); // still watching, after all of this
    expect([system.signal.ended, system.sfu.ended]).toEqual([false, false]);
    bystander.close();
    await system.stop();
  });

  /** Presents a pass with the key it is bound to, or anything else in the place of a pass. */
  const refusalOf = async (namespace: keyof typeof namespaces, presented: unknown) => {
    const isPass = typeof presented === 'object' && presented !== null && 'key' in presented;
    const socket = isPass
      ? connectSocket(system.url, namespace, presented as Credentials)
      : connectWith(system.url, namespace, () => ({ pass: presented, proof: 'x.y.z' }));
    const refusal = await connected(socket).catch((error) => error.data?.code ?? error.message);
    socket.disconnect();
    return refusal;
  };

  describe('with a bad pass is refused at the door', () => {
    const claims = (): JWTPayload => ({
      ...{ iss: passIssuer, aud: passAudience, sub: 'g_AAAAAAAAAAAAAAAA', jti: 'p_AAAAAAAAAAAAAAAA', role: 'guardian' },
      ...{ nursery: 'willow-house', rooms: ['sunflowers'], iat: Math.floor(Date.now() / 1_000), exp: Math.floor(Date.now() / 1_000) + 600 },
    });
    const unsigned = (header: object, payload: object) => [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.');

    test('none at all, not a string, empty, a megabyte', async () => {
      for (const pass of [undefined, 7, '', {}, ['a']]) expect(await refusalOf('guardian', pass)).toBe('PASS_MISSING');
      expect(await refusalOf('guardian', 'a.b.c')).toBe('PASS_INVALID');
      expect(await refusalOf('guardian', megabyte)).toMatch(/closed/);
    });

    test('alg: none', async () => {
      expect(await refusalOf('guardian', `${unsigned({ alg: 'none', typ: passType }, claims())}.`)).toBe('PASS_INVALID');
    });

    test('HS256 keyed with the public key', async () => {
      const [jwk] = system.issuer.jwks.keys;
      const spki = await exportSPKI((await importJWK(jwk ?? {}, 'ES256')) as CryptoKey);
      for (const secret of [spki, JSON.stringify(jwk), createPublicKey(spki).export({ format: 'der', type: 'spki' })]) {
        const signed = unsigned({ alg: 'HS256', typ: passType, kid: jwk?.kid }, claims());
        const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
        expect(await refusalOf('guardian', token)).toBe('PASS_INVALID');
      }
    });

    test('signed by a stranger, also when the header offers the key', async () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicKey.export({ format: 'jwk' }) as never;
      for (const header of [
        {},
        { jwk },
        { jku: `${system.url}/.well-known/jwks.json` },
        { kid: system.issuer.jwks.keys[0]?.kid as string },
        { kid: '../../etc/passwd' },
      ]) {
        const token = await new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', typ: passType, ...header }).sign(privateKey);
        expect(await refusalOf('guardian', token)).toBe('PASS_INVALID');
      }
    });

    test('altered after it was signed', async () => {
      const [header, , signature] = (await system.pass('guardian', { rooms: ['sunflowers'] })).pass.split('.');
      const payload = base64url.encode(JSON.stringify({ ...claims(), rooms: ['sunflowers', 'bluebells'] }));
      expect(await refusalOf('guardian', `${header}.${payload}.${signature}`)).toBe('PASS_INVALID');
    });

    test('expired', async () => {
      expect(await refusalOf('guardian', await system.pass('guardian', { validForSeconds: -1 }))).toBe('PASS_EXPIRED');
    });

    test('of a role that this namespace is not for', async () => {
      expect(await refusalOf('staff', await system.pass('guardian'))).toBe('ROLE_NOT_ALLOWED');
      expect(await refusalOf('sfu', await system.pass('guardian'))).toBe('ROLE_NOT_ALLOWED');
      expect(await refusalOf('sfu', await system.pass('staff'))).toBe('ROLE_NOT_ALLOWED');
      expect(await refusalOf('guardian', await system.pass('sfu'))).toBe('ROLE_NOT_ALLOWED');
    });
  });

  describe('that is connected gets a typed refusal', () => {
    const ask = async (name: string, ...args: unknown[]) => {
      const socket = connectSocket(system.url, 'guardian', await system.pass('guardian', { rooms: ['bluebells'] }));
      await connected(socket);
      const reply = await socket.timeout(5_000).emitWithAck(name, ...args);
      socket.disconnect();
      return reply;
    };

    test.for([
      ['nothing', []],
      ['null', [null]],
      ['a number', [7]],
      ['a string', ['bluebells']],
      ['a list', [['bluebells']]],
      ['no room', [{}]],
      ['a room that is a number', [{ room: 7 }]],
      ['a room that is an object', [{ room: { $ne: 1 } }]],
      ['a path for a room', [{ room: '../bluebells' }]],
      ['an unknown field', [{ room: 'bluebells', admin: true }]],
      ['__proto__', [JSON.parse('{"room":"bluebells","__proto__":{"admin":true}}')]],
      ['a constructor', [{ room: 'bluebells', constructor: { prototype: { admin: true } } }]],
      ['two arguments', [{ room: 'bluebells' }, { room: 'bluebells' }]],
      ['bytes', [Buffer.from('bluebells')]],
      ['a long string', [{ room: 'x'.repeat(40_000) }]],
    ] as const)('to watch with %s', async ([, args]) => {
      const reply = await ask('watch', ...args);
      expect(reply).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
      expect(reply.error.remedy).toContain('docs/protocol.md');
      expect(JSON.stringify(reply)).not.toMatch(/\bat .*\.ts|node_modules|Zod/);
      expect(({} as { admin?: boolean }).admin).toBeUndefined();
    });

    test.for(['cut', 'lift', 'hello', 'view.open', 'holds.sync', '__proto__', 'constructor', 'toString', 'rooms'])(
      'to the message %s',
      async (name) => {
        expect(await ask(name, {})).toMatchObject({ ok: false, error: { code: 'BAD_MESSAGE' } });
      },
    );

    test('to a message of a megabyte: the connection ends, nothing else', async () => {
      const socket = connectSocket(system.url, 'guardian', await system.pass('guardian'));
      await connected(socket);
      socket.emit('watch', { room: megabyte }, () => undefined);
      await until('the connection is closed', () => socket.disconnected);
    });

    test('to events with reserved names and without acknowledgement: nothing happens', async () => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      const { engine } = viewer.socket.io;
      for (const name of ['connect', 'disconnect', 'disconnecting', 'connect_error', 'newListener', 'removeListener', 'error']) {
        engine.write(`42/guardian,${JSON.stringify([name, {}])}`);
      }
      engine.write('42/guardian,not json');
      await until('the server closed or survived it', () => viewer.socket.disconnected || viewer.rooms);
      viewer.close();
    });
  });

  test("to answering or closing someone else's view", async () => {
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    for (const name of ['answer', 'leave']) {
      const request = { view: bystander.view, ...(name === 'answer' && { sdp: 'v=0', proof: 'x.y.z' }) };
      expect(await viewer.socket.timeout(5_000).emitWithAck(name, request)).toMatchObject({ ok: false, error: { code: 'VIEW_UNKNOWN' } });
    }
    viewer.close();
  });

  describe('whose answer is not an answer', () => {
    const sha256 = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
    const alterations: [string, (answer: string) => string][] = [
      ['garbage', () => 'garbage'],
      ['20 kB of garbage', () => 'a=b\r\n'.repeat(3_900)],
      ['no m-line', (answer) => answer.split('m=')[0] ?? ''],
      ['one m-line too many', (answer) => `${answer}m=${answer.split('m=')[1]}`],
      ['a rejected m-line', (answer) => answer.replace(/^m=video \d+/m, 'm=video 0')],
      ['no encryption', (answer) => answer.replace('UDP/TLS/RTP/SAVPF', 'RTP/AVP')],
      ['no fingerprint', (answer) => answer.replace(/^a=fingerprint:.*\r?\n/gm, '')],
      ['a sha-1 fingerprint', (answer) => answer.replace(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-1 ${'AB:'.repeat(19)}AB`)],
      ['a fingerprint of a number', (answer) => answer.replace(/^a=fingerprint:.*$/gm, 'a=fingerprint:256 AA')],
      ['a malformed fingerprint', (answer) => answer.replace(/^a=fingerprint:.*$/gm, 'a=fingerprint:sha-256 AB:CD')],
      ['an offer to send', (answer) => answer.replace('a=recvonly', 'a=sendrecv')],
      ['a passive DTLS role', (answer) => answer.replace('a=setup:active', 'a=setup:passive')],
    ];
    test.for(alterations)('but has %s', async ([, alter]) => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'sunflowers' });
      const answer = await viewer.answerTo(value.offer);
      const reply = await viewer.socket.timeout(5_000).emitWithAck('answer', await viewer.signed(value.view, alter(answer)));
      expect(reply).toMatchObject({ ok: false, error: { code: 'ANSWER_UNUSABLE' } });
      viewer.close();
    });

    test('but has the fingerprint of another: no picture comes', async () => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      const { value } = await viewer.socket.timeout(5_000).emitWithAck('watch', { room: 'sunflowers' });
      const answer = (await viewer.answerTo(value.offer)).replace(/^a=fingerprint:.*$/gm, `a=fingerprint:${sha256}`);
      expect(await viewer.socket.timeout(5_000).emitWithAck('answer', await viewer.signed(value.view, answer))).toMatchObject({ ok: true });
      await until('the view is closed', () => viewer.closed.length > 0);
      expect(viewer.packets).toBe(0);
      viewer.close();
    });

    test('but comes twice', async () => {
      const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
      await viewer.watch('sunflowers');
      const sdp = await viewer.answerTo(viewer.offer);
      const reply = await viewer.socket.timeout(5_000).emitWithAck('answer', await viewer.signed(viewer.view ?? '', sdp));
      expect(reply).toMatchObject({ ok: false, error: { code: 'ALREADY_ANSWERED' } });
      viewer.close();
    });
  });

  test('of another site cannot use the socket', async () => {
    const pass = await system.pass('guardian');
    const from = (origin: string) => connected(connectSocket(system.url, 'guardian', pass, { origin }));
    await expect(from('https://evil.example')).rejects.toThrow();
    await expect(from(system.url)).resolves.toBeUndefined();
  });

  test('finds no file outside the pages, and no stack trace', async () => {
    for (const path of [
      '/../package.json',
      '/..%2f..%2fpackage.json',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/assets/../../../package.json',
      '/%00',
      '/%zz',
      '/peekaboo.sqlite',
    ]) {
      const response = await fetch(`${system.url}${path}`);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toMatch(/\.ts:|node_modules|"peekaboo"/);
    }
  });
});
