import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { ask } from '@peekaboo/shared/ask';
import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import { staffAsks } from '@peekaboo/shared/wire';
import { createRemoteJWKSet, decodeJwt, jwtVerify, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { outsideTokens } from '../../apps/signal/src/identity/provider.ts';
import { providerKeys } from '../../apps/signal/src/identity/provider-keys.ts';
import { audience, IdentityProvider, newKey } from '../support/identity-provider.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const claims = { peekaboo_rooms: ['sunflowers', 'no-such-room'] };
const secret = randomBytes(32);
const names = { subject: 'sub', role: 'peekaboo_role', rooms: 'peekaboo_rooms', right: 'peekaboo_right' };

describe('an outside identity provider', () => {
  let provider: IdentityProvider;
  let system: System;
  const open: { close(): void }[] = [];

  beforeAll(async () => {
    provider = await IdentityProvider.start(claims);
    const config = { ...nurseryConfig(), identityProvider: { issuer: provider.url, audience } };
    system = await System.start({ config, env: { PEEKABOO_JWKS_URL: provider.jwksUrl } });
  });
  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });
  afterAll(async () => {
    await system?.stop();
    await provider?.stop();
  });

  const swap = (token: string, key: Awaited<ReturnType<typeof makeDeviceKey>>) => askForPass(system.url, key, { token }, Date.now(), 5_000);
  const refusalOf = (attempt: Promise<unknown>) =>
    attempt.then(
      () => 'taken',
      (error) => error.code ?? error.message,
    );

  test('hands out real tokens', async () => {
    const token = await provider.token();
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL(provider.jwksUrl)), { issuer: provider.url, audience });
    expect(payload).toMatchObject({ sub: 'family-17', ...claims });
  });

  test('vouches for a guardian, who watches the rooms of the token, by an id that says nothing, until the token ends', async () => {
    const token = await provider.token();
    const key = await makeDeviceKey();
    const { pass, validForMs } = await swap(token, key);
    const viewer = await HeadlessViewer.connect(system.url, { pass, key });
    open.push(viewer);
    await viewer.watch('sunflowers');
    await viewer.picture();
    expect(viewer.rooms?.rooms.map(({ id }) => id)).toEqual(['sunflowers']);
    const { sub, exp } = decodeJwt(pass);
    expect(sub).toMatch(/^g_[A-Za-z0-9_-]{16}$/);
    expect(exp).toBeLessThanOrEqual(decodeJwt(token).exp ?? 0);
    expect(validForMs).toBeLessThanOrEqual(60_000);
    await viewer.renew(); // by the key alone, while the token lasts
  });

  test('vouches for one device with one token, however often its answer is lost', async () => {
    const token = await provider.token();
    const key = await makeDeviceKey();
    await swap(token, key);
    await swap(token, key);
    expect(await refusalOf(swap(token, await makeDeviceKey()))).toBe('INVITE_UNKNOWN');
  });

  test('decides what its people may, which cannot be changed here', async () => {
    const { sub: guardian = '' } = decodeJwt((await swap(await provider.token(), await makeDeviceKey())).pass);
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    open.push(staff);
    const { guardians } = await ask(staff.socket, staffAsks, 'guardians', {}, 5_000);
    expect(guardians.find(({ id }) => id === guardian)).toMatchObject({ source: 'identity-provider' });
    const terms = { rooms: ['bluebells'], hours: null, endsAt: null, reference: null };
    expect(await refusalOf(ask(staff.socket, staffAsks, 'guardian.change', { guardian, ...terms }, 5_000))).toBe('BAD_MESSAGE');
  });

  test('does not bring back a device that was removed, by no token of before; with one that was asked for since its owner is let in', async () => {
    const lost = await makeDeviceKey();
    const { jti: pass = '' } = decodeJwt((await swap(await provider.token(), lost)).pass);
    const spare = await provider.token();
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    open.push(staff);
    await staff.revoke({ kind: 'pass', nursery: 'willow-house', pass });
    const fresh = await makeDeviceKey();
    for (const key of [lost, fresh]) expect(await refusalOf(swap(spare, key))).toBe('PASS_REVOKED');
    await until('a token is asked for later', async () => (await refusalOf(swap(await provider.token(), fresh))) === 'taken');
    expect(await refusalOf(swap(await provider.token(), lost))).toBe('PASS_REVOKED');
  });

  test('does not bring back whom the nursery removed', async () => {
    const key = await makeDeviceKey();
    const { sub: guardian = '' } = decodeJwt((await swap(await provider.token(), key)).pass);
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    open.push(staff);
    await ask(staff.socket, staffAsks, 'guardian.remove', { guardian, reason: 'left' }, 5_000);
    expect(await refusalOf(swap(await provider.token(), key))).toBe('PASS_REVOKED');
    expect(await refusalOf(swap(await provider.token(), await makeDeviceKey()))).toBe('PASS_REVOKED');
  });

  test('is not believed for a token that somebody else signed, for another audience, altered, or unsigned', async () => {
    const payload = decodeJwt(await provider.token());
    const header = { alg: 'ES256', typ: 'at+jwt', kid: 'unknown' };
    const forged = await new SignJWT(payload).setProtectedHeader(header).sign(newKey());
    const [head, , signature] = (await provider.token()).split('.');
    const altered = [
      head,
      Buffer.from(JSON.stringify({ ...payload, peekaboo_role: 'staff', peekaboo_right: 'administer' })).toString('base64url'),
      signature,
    ];
    for (const token of [forged, altered.join('.'), 'x.y.z', (await system.pass('guardian')).pass])
      expect(await refusalOf(swap(token, await makeDeviceKey()))).toBe('PASS_INVALID');
  });

  describe('by itself', () => {
    const verifier = (jwksUrl: string, issuer: string, keepKeysForMs = 86_400_000) =>
      outsideTokens({
        ...{ issuer, audience, claims: names, keepKeysForMs, jwksUrl: new URL(jwksUrl), nursery: 'willow-house', secret },
        rooms: { has: (id) => id === 'sunflowers' },
      });
    const others: IdentityProvider[] = [];
    const start = async (...options: Parameters<typeof IdentityProvider.start>) => {
      const other = await IdentityProvider.start(...options);
      others.push(other);
      return other;
    };
    afterEach(async () => {
      for (const other of others.splice(0)) await other.stop().catch(() => undefined);
    });

    test('may change its key without a restart here', async () => {
      const first = await start(claims);
      const keys = providerKeys(new URL(first.jwksUrl), { refreshAfterMs: 600_000, cooldownMs: 1_500, keepForMs: 0 });
      const check = (token: string) => refusalOf(jwtVerify(token, keys, { issuer: first.url, audience }));
      expect(await check(await first.token())).toBe('taken');
      await first.stop();
      const second = await start(claims, { port: first.port });
      const token = await second.token();
      // The next question waits for a while after the last one, so that strangers' tokens cannot make signal ask without end.
      expect(await check(token)).toBe('ERR_JWKS_NO_MATCHING_KEY');
      await until('the new key is known', async () => (await check(token)) === 'taken', 5_000);
    });

    test('is not named in the ids of its people, which nobody without this house’s secret can derive', async () => {
      const one = await start(claims);
      const idWith = async (key: Buffer) => {
        const verify = outsideTokens({
          ...{ issuer: one.url, audience, claims: names, keepKeysForMs: 0, jwksUrl: new URL(one.jwksUrl), nursery: 'willow-house' },
          ...{ secret: key, rooms: { has: () => true } },
        });
        return (await verify(await one.token(), Date.now())).entitlement.id;
      };
      const known = createHash('sha256')
        .update(JSON.stringify([one.url, 'family-17', 'guardian']))
        .digest('base64url');
      const ids = [await idWith(secret), await idWith(secret), await idWith(randomBytes(32))];
      expect(ids[0]).toBe(ids[1]);
      expect(ids[2]).not.toBe(ids[0]);
      for (const id of ids) expect(known).not.toContain(id.slice(2));
    });

    test('may be silent: it is waited for once, then known keys count at once, and unknown ones cannot be had', async () => {
      const one = await start(claims);
      const [token, later] = [await one.token(), await one.token()];
      let silent = false;
      const front = createServer(async (_, response) => {
        if (!silent) response.end(await (await fetch(one.jwksUrl)).text());
      }).listen(0, '127.0.0.1');
      await until('it listens', () => front.listening);
      onTestFinished(() => void front.close().closeAllConnections());
      const url = new URL(`http://127.0.0.1:${(front.address() as { port: number }).port}/jwks`);
      const keys = providerKeys(url, { refreshAfterMs: 0, cooldownMs: 60_000, keepForMs: 600_000 });
      const timed = async (text: string) => {
        const began = performance.now();
        const outcome = await jwtVerify(text, keys, { issuer: one.url, audience }).then(
          () => 'taken',
          (error) => error.name,
        );
        return { outcome, ms: performance.now() - began };
      };
      expect((await timed(token)).outcome).toBe('taken');
      silent = true;
      const first = await timed(token);
      expect(first.outcome).toBe('taken');
      expect(first.ms).toBeLessThan(4_000);
      const second = await timed(later);
      expect(second.outcome).toBe('taken');
      expect(second.ms).toBeLessThan(500);
      const unknown = await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: 'ES256', kid: 'new' }).sign(newKey());
      expect((await timed(unknown)).outcome).toBe('ProviderAwayError');
    });

    test('may be away: known keys are kept for the stated time, and unknown ones cannot be had', async () => {
      const away = await start(claims);
      const [token, later] = [await away.token(), await away.token()];
      const verify = verifier(away.jwksUrl, away.url);
      await verify(token, Date.now());
      await away.stop();
      expect(await refusalOf(verify(later, Date.now()))).toBe('taken');
      expect(await refusalOf(verifier(away.jwksUrl, away.url)(later, Date.now()))).toBe('PROVIDER_UNAVAILABLE');
    });

    test('is not believed beyond that time', async () => {
      const away = await start(claims);
      const keys = providerKeys(new URL(away.jwksUrl), { refreshAfterMs: 0, cooldownMs: 0, keepForMs: 1_500 });
      const check = (token: string) => jwtVerify(token, keys, { issuer: away.url, audience });
      const token = await away.token();
      await check(token);
      await away.stop();
      await check(token);
      await until('its keys are given up', async () => (await refusalOf(check(token))) !== 'taken', 4_000);
    });

    test('makes staff of whom it calls staff, with the right it names, and nobody of whom it says nothing useful', async () => {
      const outcome = async (extra: object) => {
        const one = await start(extra);
        return verifier(one.jwksUrl, one.url)(await one.token(), Date.now()).then(
          ({ entitlement: { role, right, rooms } }) => ({ role, right, rooms }),
          (error) => error.code,
        );
      };
      expect(await outcome({ peekaboo_role: 'staff', peekaboo_right: 'cut', peekaboo_rooms: [] })).toEqual({
        role: 'staff',
        right: 'cut',
        rooms: [],
      });
      expect(await outcome({ peekaboo_rooms: 'sunflowers bluebells' })).toMatchObject({ role: 'guardian', rooms: ['sunflowers'] });
      expect(await outcome({ peekaboo_role: 'staff' })).toBe('PASS_INVALID');
      expect(await outcome({ peekaboo_role: 'sfu', peekaboo_rooms: ['sunflowers'] })).toBe('PASS_INVALID');
      expect(await outcome({ peekaboo_rooms: ['elsewhere'] })).toBe('PASS_INVALID');
      expect(await outcome({})).toBe('PASS_INVALID');
    });

    test('must not name people by their e-mail address', async () => {
      const one = await start({ ...claims, mail: 'anna@home.example' });
      const token = await one.token();
      const verify = outsideTokens({
        ...{ issuer: one.url, audience, claims: { ...names, subject: 'mail' }, keepKeysForMs: 0, jwksUrl: new URL(one.jwksUrl) },
        ...{ nursery: 'willow-house', secret, rooms: { has: () => true } },
      });
      expect(await refusalOf(verify(token, Date.now()))).toBe('PASS_INVALID');
    });
  });
});
