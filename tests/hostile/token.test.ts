import { createHmac, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connected, connectSocket, connectWith } from '@peekaboo/headless-viewer/socket';
import { newId } from '@peekaboo/shared/ids';
import { passAudience, passIssuer, passType } from '@peekaboo/shared/pass';
import { type Credentials, makeProof } from '@peekaboo/shared/proof';
import { base64url, CompactSign, EncryptJWT, exportSPKI, importJWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

/** Proofs by the wrong key, for another page, or used before: tests/integration/proofs.test.ts. */
describe('a pass that is none is refused at the door', () => {
  let scene: Scene;
  /** The issuer's own key, as somebody would have it who can make this house sign nonsense. */
  let issuerKey: CryptoKey;
  let victim: Credentials;
  let proof: string;

  beforeAll(async () => {
    scene = await Scene.set();
    const jwk = JSON.parse(readFileSync(join(scene.system.dataFolder, 'issuer.jwk'), 'utf8'));
    issuerKey = (await importJWK(jwk, 'ES256')) as CryptoKey;
    victim = await scene.system.pass('guardian');
  });
  afterEach(() => scene.undisturbed());
  afterAll(() => scene?.end());

  const seconds = () => Math.floor(Date.now() / 1_000);
  const claims = () => ({
    ...{ iss: passIssuer, aud: passAudience, sub: newId('guardian'), jti: newId('pass'), role: 'guardian', nursery: 'willow-house' },
    ...{ rooms: ['sunflowers'], iat: seconds(), exp: seconds() + 600, cnf: { jkt: 'A'.repeat(43) } },
  });
  const kid = () => scene.system.issuer.jwks.keys[0]?.kid as string;
  const header = (more: object = {}): JWTHeaderParameters => ({ alg: 'ES256', typ: passType, kid: kid(), ...more });
  const unsigned = (head: object, payload: object) => [head, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.');
  const bySigner = (key: CryptoKey, head: JWTHeaderParameters, payload: object) =>
    new SignJWT({ ...payload }).setProtectedHeader(head).sign(key);
  const byIssuer = (payload: object, head: object = {}) => bySigner(issuerKey, header(head), payload);
  const byStranger = (head: object) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return bySigner(privateKey as never, header({ jwk: publicKey.export({ format: 'jwk' }), ...head }), claims());
  };
  const hs256 = (secret: string | Buffer) => {
    const signed = unsigned(header({ alg: 'HS256' }), claims());
    return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
  };
  const spki = async () => exportSPKI((await importJWK(scene.system.issuer.jwks.keys[0] ?? {}, 'ES256')) as CryptoKey);
  const encrypted = () =>
    new EncryptJWT(claims()).setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: passType }).encrypt(new Uint8Array(32));

  /** Presented with a proof that would be good for it. */
  const refusalOf = async (pass: unknown) => {
    proof = await makeProof(victim.key, { method: 'GET', url: `${scene.system.url}/guardian`, pass: String(pass), now: Date.now() });
    const socket = connectWith(scene.system.url, 'guardian', () => ({ pass, proof }));
    const began = performance.now();
    const refusal = await connected(socket).then(
      () => 'open',
      (error) => error.data?.code ?? error.message,
    );
    socket.disconnect();
    expect(performance.now() - began).toBeLessThan(3_000);
    return refusal;
  };

  const invalid: [string, () => string | Promise<string>][] = [
    ['of no form', () => 'a.b.c'],
    ['of four parts', async () => `${victim.pass}.x`],
    ['unsigned, alg none', () => `${unsigned(header({ alg: 'none' }), claims())}.`],
    ['unsigned, alg NoNe', () => `${unsigned(header({ alg: 'NoNe' }), claims())}.`],
    ['HS256 with the public key in PEM', async () => hs256(await spki())],
    ['HS256 with the public key in DER', async () => hs256(createPublicKey(await spki()).export({ format: 'der', type: 'spki' }))],
    ['HS256 with the public JWK', () => hs256(JSON.stringify(scene.system.issuer.jwks.keys[0]))],
    ['by a stranger, whose key the header carries', () => byStranger({})],
    ['by a stranger, with a jku header', () => byStranger({ jku: 'http://127.0.0.1:9/jwks.json' })],
    ['by a stranger, with an x5u header', () => byStranger({ x5u: 'http://127.0.0.1:9/cert.pem' })],
    ['by a stranger, with a kid that is a path', () => byStranger({ kid: '../../../../dev/null' })],
    ['by a stranger, with a kid that is a query', () => byStranger({ kid: "' or 1=1 --" })],
    ['of another issuer', () => byIssuer({ ...claims(), iss: 'https://evil.example' })],
    ['for another audience', () => byIssuer({ ...claims(), aud: 'peekaboo-other' })],
    ['for two audiences', () => byIssuer({ ...claims(), aud: [passAudience, 'peekaboo-other'] })],
    ['of another type: a receipt', () => byIssuer(claims(), { typ: 'peekaboo-receipt' })],
    ['of no type', () => byIssuer(claims(), { typ: undefined })],
    [
      'with an extension that must be understood',
      () => byIssuer(claims(), { crit: ['x'], x: 1 }).catch(() => `${unsigned(header({ crit: ['x'], x: 1 }), claims())}.AA`),
    ],
    ['not valid yet', () => byIssuer({ ...claims(), nbf: seconds() + 3_600 })],
    ['that expires never', () => byIssuer({ ...claims(), exp: undefined })],
    ['that expires at a string', () => byIssuer({ ...claims(), exp: String(seconds() + 600) })],
    ['that expires at 1e308', () => byIssuer({ ...claims(), exp: 1e308 })],
    ['that expires after 2099', () => byIssuer({ ...claims(), exp: 4_102_444_801 })],
    ['without jti', () => byIssuer({ ...claims(), jti: undefined })],
    ['without sub', () => byIssuer({ ...claims(), sub: undefined })],
    ['with a claim nobody knows', () => byIssuer({ ...claims(), admin: true })],
    [
      'with a claim twice',
      () => {
        const twice = JSON.stringify(claims()).replace('"rooms"', '"rooms":["bluebells"],"rooms"');
        return new CompactSign(Buffer.from(twice)).setProtectedHeader(header()).sign(issuerKey);
      },
    ],
    ['of a role that does not exist', () => byIssuer({ ...claims(), role: 'root' })],
    ['for 201 rooms', () => byIssuer({ ...claims(), rooms: Array.from({ length: 201 }, (_, index) => `room-${index}`) })],
    ['encrypted', encrypted],
    [
      'encrypted by a password of 2^31 rounds',
      () =>
        `${base64url.encode(JSON.stringify({ alg: 'PBES2-HS512+A256KW', enc: 'A256GCM', p2c: 2 ** 31, p2s: 'AAAA', typ: passType }))}.AAAA.AAAA.AAAA.AAAA`,
    ],
    [
      'altered after it was signed',
      () => {
        const [head, , signature] = victim.pass.split('.');
        return `${head}.${base64url.encode(JSON.stringify(claims()))}.${signature}`;
      },
    ],
    ['with blanks in its signature', () => `${victim.pass.slice(0, -10)} ${victim.pass.slice(-10)}`],
  ];
  test.for(invalid)('%s', async ([, make]) => {
    expect(await refusalOf(await make())).toBe('PASS_INVALID');
  });

  test('not a text, empty, or too long: there is no pass at all', async () => {
    for (const pass of [undefined, 7, '', {}, ['a'], 'x'.repeat(8_001)]) expect(await refusalOf(pass)).toBe('PASS_MISSING');
  });

  test('of a megabyte: the connection ends', async () => {
    expect(await refusalOf('x'.repeat(1_000_000))).toMatch(/closed/);
  });

  test('that names a jku, x5u or jwk is never looked up there', async () => {
    const { createServer } = await import('node:http');
    let asked = 0;
    const trap = createServer((_, response) => {
      asked += 1;
      response.end(JSON.stringify(scene.system.issuer.jwks));
    }).listen(0, '127.0.0.1');
    await until('the trap is set', () => trap.listening);
    const url = `http://127.0.0.1:${(trap.address() as { port: number }).port}/`;
    expect(await refusalOf(await byStranger({ jku: url, x5u: url }))).toBe('PASS_INVALID');
    expect(await refusalOf(await byIssuer(claims(), { jku: url, x5u: url }))).not.toBe('open');
    trap.close();
    expect(asked).toBe(0);
  });

  test('genuine, but of another role or nursery, or expired: refused, and the ledger knows whose it was', async () => {
    const rows = [
      ['guardian', 'staff', {}, 'ROLE_NOT_ALLOWED'],
      ['guardian', 'sfu', {}, 'ROLE_NOT_ALLOWED'],
      ['staff', 'sfu', {}, 'ROLE_NOT_ALLOWED'],
      ['sfu', 'guardian', {}, 'ROLE_NOT_ALLOWED'],
      ['guardian', 'guardian', { nursery: 'other-house' }, 'ROLE_NOT_ALLOWED'],
      ['staff', 'staff', { nursery: 'other-house' }, 'ROLE_NOT_ALLOWED'],
    ] as const;
    for (const [role, namespace, request, code] of rows) {
      const sub = newId(role === 'staff' ? 'staff' : 'guardian');
      const socket = connectSocket(scene.system.url, namespace, await scene.system.pass(role, { sub, ...request }));
      await expect(connected(socket)).rejects.toMatchObject({ data: { code } });
      await until('the ledger has it', () => scene.refusalsOf(sub).length > 0);
      expect(scene.refusalsOf(sub)).toMatchObject([{ kind: 'pass.refused', detail: { code } }]);
    }
    const sub = newId('guardian');
    const expired = connectSocket(scene.system.url, 'guardian', await scene.system.pass('guardian', { sub, validForSeconds: -1 }));
    await expect(connected(expired)).rejects.toMatchObject({ data: { code: 'PASS_EXPIRED' } });
    await until('the ledger has it', () => scene.refusalsOf(sub).length > 0);
    expect(scene.refusalsOf(sub)).toMatchObject([{ kind: 'pass.refused', detail: { code: 'PASS_EXPIRED' } }]);
  });
});
