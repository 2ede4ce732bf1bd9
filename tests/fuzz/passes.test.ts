import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { PeekabooError } from '@peekaboo/shared/errors';
import { passAudience, passClaims, passIssuer, passType } from '@peekaboo/shared/pass';
import { makeProof } from '@peekaboo/shared/proof';
import fc from 'fast-check';
import { base64url, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { createPassVerifier, type VerifyPass } from '../../apps/signal/src/identity/passes.ts';
import { athOf, verifyProof } from '../../apps/signal/src/identity/proof.ts';
import { cases } from './cases.ts';
import { messagesOf, mutated } from './messages-of.ts';

const now = 1_795_000_000_000;
const url = 'http://127.0.0.1:8080/guardian';

/** A compact JWS with something wrong at one place: in a part's text, in the JSON within, or in how many parts there are. */
const altered = (token: string) => {
  const parts = token.split('.');
  const headers = fc.dictionary(
    fc.constantFrom('alg', 'typ', 'kid', 'jku', 'jwk', 'x5u', 'x5c', 'crit', 'b64', 'zip', 'p2c'),
    fc.jsonValue(),
  );
  const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString());
  return fc.oneof(
    fc
      .tuple(fc.nat(token.length - 1), fc.string({ minLength: 1, maxLength: 3 }))
      .map(([at, text]) => token.slice(0, at) + text + token.slice(at + 1)),
    headers.map((more) => [base64url.encode(JSON.stringify({ ...header, ...more })), ...parts.slice(1)].join('.')),
    fc.shuffledSubarray([...parts, ...parts], { maxLength: 6 }).map((some) => some.join('.')),
    fc.string({ maxLength: 9_000, unit: 'binary' }),
  );
};

describe('whatever stands for', () => {
  let key: CryptoKey;
  let verify: VerifyPass;
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    key = pair.privateKey;
    verify = createPassVerifier({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k' }] });
  });
  const sign = (claims: object) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', typ: passType, kid: 'k' }).sign(key);
  const good = {
    ...{ iss: passIssuer, aud: passAudience, sub: 'g_AAAAAAAAAAAAAAAA', jti: 'p_AAAAAAAAAAAAAAAA', iat: 1, exp: 2_000_000_000 },
    ...{ role: 'guardian', nursery: 'willow-house', rooms: ['sunflowers'] },
  };

  test('a pass and was not signed as it stands is refused', async () => {
    const token = await sign(good);
    expect((await verify(token, now)).sub).toBe(good.sub);
    await fc.assert(
      fc.asyncProperty(altered(token), async (other) => {
        const outcome = await verify(other, now).catch((error) => error);
        if (outcome instanceof PeekabooError) return;
        expect(other).toBe(token);
      }),
      cases as never,
    );
  });

  test('the claims of a signed pass is what the schema allows, in its time, or is refused', async () => {
    let accepted = 0;
    const claims = fc.oneof(
      mutated(fc.constant(good)),
      mutated(messagesOf(passClaims)),
      messagesOf(passClaims).map((each) => ({ ...(each as object), ...good })),
    );
    await fc.assert(
      fc.asyncProperty(claims, async (each) => {
        const token = await Promise.resolve()
          .then(() => sign(each as object))
          .catch(() => undefined); // what no issuer can sign
        if (token === undefined) return;
        const outcome = await verify(token, now).catch((error) => error);
        if (outcome instanceof PeekabooError) {
          expect(outcome.code).toMatch(/^PASS_(INVALID|EXPIRED)$/);
          return;
        }
        accepted += 1;
        expect(passClaims.parse(outcome)).toMatchObject({ iss: passIssuer, aud: passAudience });
        expect(outcome.exp * 1_000).toBeGreaterThan(now);
      }),
      cases as never,
    );
    expect(accepted).toBeGreaterThan(Number(cases.numRuns) / 20);
  });

  test('a proof and was not signed as it stands is refused', async () => {
    const proof = await makeProof(await makeDeviceKey(), { method: 'GET', url, pass: 'a.b.c', now });
    const expected = { method: 'GET', path: '/guardian', isHere: () => true, ath: athOf('a.b.c'), now } as const;
    const { jkt } = await verifyProof(proof, expected);
    await fc.assert(
      fc.asyncProperty(altered(proof), async (other) => {
        const outcome = await verifyProof(other, expected).catch((error) => error);
        if (!(outcome instanceof PeekabooError)) expect([other, outcome.jkt]).toEqual([proof, jkt]);
      }),
      cases as never,
    );
  });
});
