import { createHmac, createPublicKey, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type DeviceKey, makeDeviceKey, thumbprint } from '@peekaboo/shared/device-key';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { base64url, decodeJwt, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audience, IdentityProvider, kidOf, newKey } from '../support/identity-provider.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** Through signal as it is: a real provider's tokens, and what somebody would send in their place who has its key, or has not. */
describe('a token of an outside provider', () => {
  const claims = { peekaboo_rooms: ['sunflowers'] };
  let provider: IdentityProvider;
  let system: System;
  let key: KeyObject;
  let genuine: Record<string, unknown>;

  beforeAll(async () => {
    key = newKey();
    provider = await IdentityProvider.start(claims, { key });
    const config = { ...nurseryConfig(), identityProvider: { issuer: provider.url, audience } };
    system = await System.start({ config, env: { PEEKABOO_JWKS_URL: provider.jwksUrl } });
    genuine = decodeJwt(await provider.token());
  });
  afterAll(async () => {
    await system?.stop();
    await provider?.stop();
  });

  const swap = (url: string, token: string, by: DeviceKey) => askForPass(url, by, { token }, Date.now(), 15_000);
  const outcomeOf = async (token: string, by?: DeviceKey, url = system.url) =>
    swap(url, token, by ?? (await makeDeviceKey())).then(
      () => 'taken',
      (error) => error.code ?? error.message,
    );
  const now = () => Math.floor(Date.now() / 1_000);
  let next = 0;
  /** As the provider would sign it, but for these. */
  const signed = (change: object = {}, header: object = {}, by = key) => {
    next += 1;
    const payload = { ...genuine, iat: now(), exp: now() + 60, jti: `token-${next}`, ...change };
    return new SignJWT(JSON.parse(JSON.stringify(payload)))
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: kidOf(key), ...header })
      .sign(by);
  };
  const unsigned = (header: object, payload: object) => [header, payload].map((part) => base64url.encode(JSON.stringify(part))).join('.');
  const hs256 = (secret: string | Buffer) => {
    const text = unsigned({ alg: 'HS256', typ: 'at+jwt', kid: kidOf(key) }, { ...genuine, exp: now() + 60 });
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const publicKey = () => createPublicKey(key);

  test('as this test makes them is taken: what follows is refused for what is wrong with it', async () => {
    expect(await outcomeOf(await signed())).toBe('taken');
    expect(await outcomeOf(await provider.token())).toBe('taken');
  });

  const refused: [string, string, () => string | Promise<string>][] = [
    ['for another audience', 'PASS_INVALID', () => signed({ aud: 'another-service' })],
    ['for no audience', 'PASS_INVALID', () => signed({ aud: undefined })],
    ['of another issuer', 'PASS_INVALID', () => signed({ iss: 'https://evil.example' })],
    ['of no issuer', 'PASS_INVALID', () => signed({ iss: undefined })],
    ['unsigned, alg none', 'PASS_INVALID', () => `${unsigned({ alg: 'none', typ: 'at+jwt' }, { ...genuine, exp: now() + 60 })}.`],
    ['HS256 with the public key in PEM', 'PASS_INVALID', () => hs256(publicKey().export({ format: 'pem', type: 'spki' }))],
    ['HS256 with the public key in DER', 'PASS_INVALID', () => hs256(publicKey().export({ format: 'der', type: 'spki' }))],
    ['HS256 with the public JWK', 'PASS_INVALID', () => hs256(JSON.stringify(publicKey().export({ format: 'jwk' })))],
    ['by a stranger, under the name of the key', 'PASS_INVALID', () => signed({}, {}, newKey())],
    [
      'by a stranger, whose key the header carries',
      'PASS_INVALID',
      () => signed({}, { jwk: publicKey().export({ format: 'jwk' }) }, newKey()),
    ],
    ['that is not good yet', 'PASS_INVALID', () => signed({ nbf: now() + 3_600 })],
    ['that has run out', 'PASS_EXPIRED', () => signed({ exp: now() - 1 })],
    ['that never runs out', 'PASS_INVALID', () => signed({ exp: undefined })],
    ['that runs out at a text', 'PASS_INVALID', () => signed({ exp: String(now() + 60) })],
    ['that runs out at 1e308', 'PASS_INVALID', () => signed({ exp: 1e308 })],
    ['that runs out after 2099', 'PASS_INVALID', () => signed({ exp: 4_102_444_801 })],
    ['that runs out before 1970', 'PASS_EXPIRED', () => signed({ exp: -1 })],
    ['without iat', 'PASS_INVALID', () => signed({ iat: undefined })],
    ['made at a text', 'PASS_INVALID', () => signed({ iat: 'now' })],
    ['made in an hour', 'PASS_INVALID', () => signed({ iat: now() + 3_600, exp: now() + 7_200 })],
    ['without a subject', 'PASS_INVALID', () => signed({ sub: undefined })],
    ['of an e-mail address', 'PASS_INVALID', () => signed({ sub: 'anna@home.example' })],
    ['bound to a certificate', 'PASS_INVALID', () => signed({ cnf: { 'x5t#S256': 'A'.repeat(43) } })],
    ['bound to another device', 'PROOF_INVALID', () => signed({ cnf: { jkt: 'A'.repeat(43) } })],
    ['bound to a key and to a certificate', 'PASS_INVALID', () => signed({ cnf: { jkt: 'A'.repeat(43), 'x5t#S256': 'A'.repeat(43) } })],
    ['bound to nothing sensible', 'PASS_INVALID', () => signed({ cnf: 'yes' })],
    ['for no room here', 'PASS_INVALID', () => signed({ peekaboo_rooms: ['elsewhere'] })],
    ['for staff without a right', 'PASS_INVALID', () => signed({ peekaboo_role: 'staff' })],
    ['for an SFU', 'PASS_INVALID', () => signed({ peekaboo_role: 'sfu' })],
    [
      'with an extension that must be understood',
      'PASS_INVALID',
      async () => {
        const [, payload, signature] = (await signed()).split('.');
        return `${base64url.encode(JSON.stringify({ alg: 'ES256', kid: kidOf(key), crit: ['x'], x: 1 }))}.${payload}.${signature}`;
      },
    ],
  ];
  test.for(refused)('%s is refused', async ([, code, make]) => {
    expect(await outcomeOf(await make())).toBe(code);
  });

  test('that names a jku or x5u is never looked up there', async () => {
    let asked = 0;
    const trap = createServer((_, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await until('the trap is set', () => trap.listening);
    const url = `http://127.0.0.1:${portOf(trap)}/`;
    expect(await outcomeOf(await signed({}, { jku: url, x5u: url }, newKey()))).toBe('PASS_INVALID');
    await outcomeOf(await signed({}, { jku: url, x5u: url }));
    trap.close();
    expect(asked).toBe(0);
  });

  test('that is bound to a key is taken from its device', async () => {
    const device = await makeDeviceKey();
    expect(await outcomeOf(await signed({ cnf: { jkt: await thumbprint(device.publicJwk) } }), device)).toBe('taken');
  });

  test('is taken while the provider is away, if its key is known; a new key of the provider is known within half a minute', {
    timeout: 60_000,
  }, async () => {
    await provider.stop();
    expect(await outcomeOf(await signed())).toBe('taken');
    key = newKey();
    provider = await IdentityProvider.start(claims, { port: provider.port, key });
    const began = performance.now();
    await until('the new key counts', async () => (await outcomeOf(await provider.token())) === 'taken', 45_000);
    console.log(`a new key was known after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  });

  test('is refused within seconds when the provider was always silent, then at once', { timeout: 60_000 }, async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await until('it listens', () => silent.listening);
    const config = { ...nurseryConfig(), identityProvider: { issuer: provider.url, audience } };
    const other = await System.start({ config, env: { PEEKABOO_JWKS_URL: `http://127.0.0.1:${portOf(silent)}/jwks` } });
    try {
      const timed = async (token: string) => {
        const began = performance.now();
        return { outcome: await outcomeOf(token, undefined, other.url), ms: performance.now() - began };
      };
      const first = timed(await signed());
      expect(await first).toMatchObject({ outcome: 'PROVIDER_UNAVAILABLE' });
      expect((await first).ms).toBeLessThan(5_000);
      const second = await timed(await signed());
      expect(second.outcome).toBe('PROVIDER_UNAVAILABLE');
      expect(second.ms).toBeLessThan(1_000);
    } finally {
      await other.stop();
      silent.close().closeAllConnections();
    }
  });
});

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
