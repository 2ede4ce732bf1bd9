import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { entitlement as entitlementSchema } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { fitsIntoPass } from '../../apps/signal/src/identity/pass-terms.ts';
import { outsideTokens } from '../../apps/signal/src/identity/provider.ts';
import { EntitlementRows, storedDevice } from '../../apps/signal/src/store/entitlement-rows.ts';
import { until } from '../support/until.ts';
import { cases } from './cases.ts';
import { messagesOf, mutated } from './messages-of.ts';

const now = 1_795_000_000_000;

/** As JSON can say it; what it cannot is left out, as it would be by whoever writes. */
const asText = (value: unknown) => {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return 'what nobody can write';
  }
};

test('rows of a store, whatever is in them: those that can be read are, each as its schema has it, and nothing else', async () => {
  const good = messagesOf(entitlementSchema).filter((each) => entitlementSchema.safeParse(each).success);
  const rows = (schema: typeof entitlementSchema | typeof storedDevice) =>
    fc.array(fc.oneof(messagesOf(schema).map(asText), mutated(messagesOf(schema)).map(asText), fc.string({ unit: 'binary' })), {
      maxLength: 6,
    });
  const keyed = (texts: string[]) => texts.map((text, index) => ({ key: `${index}`, text }));
  let read = 0;
  await fc.assert(
    fc.asyncProperty(good, rows(entitlementSchema), rows(storedDevice), async (one, others, devices) => {
      const standing = { ...entitlementSchema.parse(one), nursery: 'willow' };
      const people = await new EntitlementRows(undefined).read('willow', keyed([asText(standing), ...others]), keyed(devices), new Map());
      expect(people[0]?.entitlement).toEqual(JSON.parse(asText(standing))); // which knows no -0
      for (const { entitlement } of people) expect(entitlementSchema.parse(entitlement).nursery).toBe('willow');
      read += people.length;
    }),
    cases as never,
  );
  expect(read).toBeGreaterThanOrEqual(Number(cases.numRuns));
});

describe('what an identity provider has signed', () => {
  const [issuer, audience, nursery] = ['https://id.example.org', 'peekaboo', 'willow-house'];
  const names = { subject: 'sub', role: 'peekaboo_role', rooms: 'peekaboo_rooms', right: 'peekaboo_right' };
  const genuine = {
    ...{ iss: issuer, aud: audience, sub: 'family-17', iat: now / 1_000, exp: now / 1_000 + 60 },
    ...{ peekaboo_role: 'guardian', peekaboo_rooms: ['sunflowers', 'elsewhere'] },
  };
  let sign: (claims: object) => Promise<string>;
  let verify: ReturnType<typeof outsideTokens>;

  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true });
    const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k' }] });
    const server = createServer((_, response) => void response.end(jwks)).listen(0, '127.0.0.1');
    await until('it listens', () => server.listening);
    const jwksUrl = new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
    const options = { issuer, audience, claims: names, keepKeysForMs: 86_400_000, secret: randomBytes(32), jwksUrl, nursery };
    verify = outsideTokens({ ...options, rooms: { has: (id) => id === 'sunflowers' } });
    sign = (claims) => new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k' }).sign(pair.privateKey);
    return () => server.close();
  });

  test('entitles somebody to what it says, for as long as it lasts, or is refused', async () => {
    const claims = fc.oneof(
      fc.constant(genuine),
      mutated(fc.constant(genuine)),
      fc
        .record({ cnf: fc.jsonValue(), peekaboo_right: fc.jsonValue(), nbf: fc.jsonValue() }, { requiredKeys: [] })
        .map((more) => ({ ...genuine, ...more })),
      fc.array(fc.string()).map((rooms) => ({ ...genuine, peekaboo_rooms: ['sunflowers', ...rooms] })),
    );
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(claims, async (each) => {
        const token = await Promise.resolve()
          .then(() => sign(each as object))
          .catch(() => undefined); // what nobody can sign
        if (token === undefined) return;
        const outcome = await verify(token, now).catch((error) => error);
        if (outcome instanceof Error) {
          expect([outcome, (outcome as PeekabooError).code]).toEqual([
            expect.any(PeekabooError),
            expect.stringMatching(/^PASS_(INVALID|EXPIRED)$/),
          ]);
          return;
        }
        accepted += 1;
        const { entitlement } = outcome;
        expect(entitlementSchema.parse(entitlement)).toMatchObject({ nursery, createdBy: 'identity-provider' });
        expect(entitlement.endsAt).toBeGreaterThan(now);
        for (const room of entitlement.rooms) expect(room).toBe('sunflowers');
        expect(fitsIntoPass(entitlement)).toBe(true);
      }),
      cases as never,
    );
    expect(accepted).toBeGreaterThan(Number(cases.numRuns) / 20);
  });
});
