import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { makeDeviceKey, thumbprint } from '@peekaboo/shared/device-key';
import { newId } from '@peekaboo/shared/ids';
import { fingerprintOf, makeAnswerProof, makeProof, proofType } from '@peekaboo/shared/proof';
import { calculateJwkThumbprint, exportJWK, type JWK, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { isOwnAddress } from '../../../apps/signal/src/identity/addresses.ts';
import { athOf, verifyAnswerProof, verifyProof } from '../../../apps/signal/src/identity/proof.ts';

const now = 1_700_000_000_000;
const url = 'https://watch.example/guardian';
const pass = 'the.pass.itself';
const ath = 'cKLV_vgwryvgSYZ0i2di0Y3QmRDAJKUF-0fLYGCZ01M';
const expected = { method: 'GET', path: '/guardian', isHere: (at: URL) => at.origin === 'https://watch.example', ath, now } as const;
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => 'taken',
    (error) => error.code,
  );

const pair = (kind: 'P-256' | 'P-384' | 'Ed25519' | 'RSA') =>
  kind === 'RSA'
    ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
    : kind === 'Ed25519'
      ? generateKeyPairSync('ed25519')
      : generateKeyPairSync('ec', { namedCurve: kind });
const p256 = pair('P-256');
const stranger = pair('P-256');
const jwkOf = ({ publicKey }: { publicKey: KeyObject }) => publicKey.export({ format: 'jwk' }) as JWK;

/** A proof that is right in everything but what is given. */
function proofWith({ header = {}, claims = {}, key = p256.privateKey }: { header?: object; claims?: object; key?: KeyObject } = {}) {
  const payload = { jti: 'AAAAAAAAAAAAAAAAAAAAAA', htm: 'GET', htu: url, iat: now / 1_000, ath, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', typ: proofType, jwk: jwkOf(p256), ...header } as never).sign(key);
}

describe('a proof of possession', () => {
  test('made by a device key proves that key', async () => {
    const key = await makeDeviceKey();
    const proof = await makeProof(key, { method: 'GET', url, pass, now });
    expect(await verifyProof(proof, expected)).toEqual({ jkt: await thumbprint(key.publicJwk), jti: expect.any(String), madeAt: now });
    expect(await thumbprint(key.publicJwk)).toBe(await calculateJwkThumbprint(key.publicJwk));
  });

  test('without a pass goes where none is presented', async () => {
    const proof = await makeProof(await makeDeviceKey(), { method: 'POST', url: 'https://watch.example/pass', now });
    expect(await codeOf(verifyProof(proof, { ...expected, method: 'POST', path: '/pass', ath: undefined }))).toBe('taken');
  });

  test('by another library, and by an Ed25519 key, counts as well', async () => {
    const ed25519 = pair('Ed25519');
    expect(await codeOf(verifyProof(await proofWith(), expected))).toBe('taken');
    const proof = await proofWith({ header: { alg: 'EdDSA', jwk: jwkOf(ed25519) }, key: ed25519.privateKey });
    expect(await verifyProof(proof, expected)).toMatchObject({ jkt: await calculateJwkThumbprint(jwkOf(ed25519)) });
  });

  test('two of one key differ, so that each counts once', async () => {
    const key = await makeDeviceKey();
    const [one, two] = await Promise.all(
      [1, 2].map(async () => verifyProof(await makeProof(key, { method: 'GET', url, pass, now }), expected)),
    );
    expect(one?.jti).not.toBe(two?.jti);
  });

  const p384 = pair('P-384');
  const rsa = pair('RSA');
  const bad: [string, Parameters<typeof proofWith>[0]][] = [
    ['a type of its own', { header: { typ: 'jwt' } }],
    ['no type', { header: { typ: undefined } }],
    ['the type of an answer', { header: { typ: 'peekaboo-answer+jwt' } }],
    ['no key', { header: { jwk: undefined } }],
    ["a stranger's key in its header", { header: { jwk: jwkOf(stranger) } }],
    ['a private key in its header', { header: { jwk: p256.privateKey.export({ format: 'jwk' }) } }],
    ['more than a key in its key', { header: { jwk: { ...jwkOf(p256), x5u: 'https://evil.example/cert' } } }],
    ['a symmetric key', { header: { jwk: { kty: 'oct', k: 'AAAA' } } }],
    ['a key of another curve', { header: { alg: 'ES384', jwk: jwkOf(p384) }, key: p384.privateKey }],
    ['an RSA key', { header: { alg: 'RS256', jwk: jwkOf(rsa) }, key: rsa.privateKey }],
    ['a kid', { header: { kid: '../../etc/passwd' } }],
    ['a jku', { header: { jku: 'https://evil.example/jwks.json' } }],
    ['another signer', { key: stranger.privateKey }],
    ['no jti', { claims: { jti: undefined } }],
    ['a short jti', { claims: { jti: 'AAAA' } }],
    ['an endless jti', { claims: { jti: 'A'.repeat(500) } }],
    ['another method', { claims: { htm: 'POST' } }],
    ['no method', { claims: { htm: undefined } }],
    ['another namespace', { claims: { htu: 'https://watch.example/staff' } }],
    ['another server', { claims: { htu: 'https://evil.example/guardian' } }],
    ['a query', { claims: { htu: `${url}?x=1` } }],
    ['a fragment', { claims: { htu: `${url}#x` } }],
    ['a user', { claims: { htu: 'https://me@watch.example/guardian' } }],
    ['no address', { claims: { htu: undefined } }],
    ['another pass', { claims: { ath: 'A'.repeat(43) } }],
    ['no pass', { claims: { ath: undefined } }],
    ['no time', { claims: { iat: undefined } }],
    ['a time that is text', { claims: { iat: String(now / 1_000) } }],
    ['a time of 1e308', { claims: { iat: 1e308 } }],
    ['a claim too many', { claims: { admin: true } }],
  ];
  test.for(bad)('with %s is refused', async ([, alteration]) => {
    expect(await codeOf(proofWith(alteration).then((proof) => verifyProof(proof, expected)))).toBe('PROOF_INVALID');
  });

  test.for(['', 'x.y.z', 'null', '{}', '.', 'x'.repeat(2_000)])('that is none (%#) is refused', async (proof) => {
    expect(await codeOf(verifyProof(proof, expected))).toBe('PROOF_INVALID');
  });

  test('is good for a minute around signal’s time, and says what time that is', async () => {
    for (const [seconds, outcome] of [
      [-61, 'PROOF_STALE'],
      [-60, 'taken'],
      [60, 'taken'],
      [61, 'PROOF_STALE'],
    ] as const) {
      const attempt = verifyProof(await proofWith({ claims: { iat: now / 1_000 + seconds } }), expected);
      expect([seconds, await codeOf(attempt)]).toEqual([seconds, outcome]);
    }
    const stale = verifyProof(await proofWith({ claims: { iat: 0 } }), expected);
    await expect(stale).rejects.toMatchObject({ facts: { now } });
  });
});

describe('the proof of an answer', () => {
  const view = newId('view');
  const fingerprint = `sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`;
  const right = async () => {
    const key = await makeDeviceKey();
    return { key, jkt: await thumbprint(key.publicJwk) };
  };

  test('counts for this view, fingerprint, key and pass alone', async () => {
    const { key, jkt } = await right();
    const proof = await makeAnswerProof(key, { view, fingerprint, pass, now });
    const is = { view, fingerprint, ath, jkt, now };
    expect(await codeOf(verifyAnswerProof(proof, is))).toBe('taken');
    expect(await codeOf(verifyAnswerProof(proof, { ...is, fingerprint: fingerprint.replace('AB', 'CD') }))).toBe('FINGERPRINT_UNPROVEN');
    expect(await codeOf(verifyAnswerProof(proof, { ...is, view: newId('view') }))).toBe('PROOF_INVALID');
    expect(await codeOf(verifyAnswerProof(proof, { ...is, ath: athOf('another.pass.now') }))).toBe('PROOF_INVALID');
    expect(await codeOf(verifyAnswerProof(proof, { ...is, jkt: (await right()).jkt }))).toBe('PROOF_INVALID');
    expect(await codeOf(verifyAnswerProof(proof, { ...is, now: now + 62_000 }))).toBe('PROOF_STALE');
  });

  test('is not one of possession, nor the other way round', async () => {
    const { key, jkt } = await right();
    expect(await codeOf(verifyProof(await makeAnswerProof(key, { view, fingerprint, pass, now }), expected))).toBe('PROOF_INVALID');
    const possession = await makeProof(key, { method: 'GET', url, pass, now });
    expect(await codeOf(verifyAnswerProof(possession, { view, fingerprint, ath, jkt, now }))).toBe('PROOF_INVALID');
  });

  test('is about the one fingerprint of an SDP', () => {
    const line = `a=fingerprint:${fingerprint}`;
    expect(fingerprintOf(`v=0\r\n${line}\r\nm=video\r\n${line.replace('sha', 'SHA').toLowerCase()}\r\n`)).toBe(fingerprint);
    expect(fingerprintOf(`v=0\r\n${line}\r\n${line.replace('AB', 'CD')}\r\n`)).toBeUndefined();
    expect(fingerprintOf('v=0\r\n')).toBeUndefined();
  });
});

describe('an address is signal’s own', () => {
  const cases: [string, string | undefined, string[], boolean][] = [
    ['https://watch.example/guardian', 'watch.example', [], true],
    ['http://127.0.0.1:8080/sfu', '127.0.0.1:8080', [], true],
    ['https://evil.example/guardian', 'watch.example', [], false],
    ['https://watch.example/guardian', undefined, [], false],
    ['https://watch.example/guardian', 'internal:8080', ['https://watch.example'], true],
    ['https://evil.example/guardian', 'evil.example', ['https://watch.example'], false],
    ['http://watch.example/guardian', 'watch.example', ['https://watch.example'], false],
    ['http://127.0.0.1:8080/sfu', '127.0.0.1:8080', ['https://watch.example'], true],
    ['http://127.0.0.1:9999/sfu', '127.0.0.1:8080', ['https://watch.example'], false],
  ];
  test.for(cases)('%s, asked as %s, with %j: %s', ([url, host, publicUrls, own]) => {
    expect(isOwnAddress(new URL(url), host, publicUrls)).toBe(own);
  });
});

test('the thumbprint in a pass is that of RFC 7638', async () => {
  const jwk = await exportJWK(p256.publicKey);
  expect(await thumbprint(jwk as never)).toBe(await calculateJwkThumbprint(jwk));
});
