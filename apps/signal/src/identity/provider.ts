import { createHmac } from 'node:crypto';
import type { IdentityProviderConfig } from '@peekaboo/shared/config-file';
import { type Entitlement, entitlement as entitlementSchema, identityProvider, inviteRequest } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { hashOf } from './invites.ts';
import { fitsIntoPass } from './pass-terms.ts';
import { ProviderAwayError, providerKeys } from './provider-keys.ts';

/** Nothing symmetric, and nothing weak (RFC 8725 section 3.1). */
const algorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'];
/** A token that is bound to a key (RFC 9449 section 6.1), to a certificate or in another way that nobody can show here. */
const boundKey = z.strictObject({ jkt: z.string() }).optional();
/** How far the provider's clock may be ahead. */
const clockSkewMs = 60_000;
const refreshAfterMs = 600_000;
const cooldownMs = 30_000;

/** What a token entitles to, until it runs out, and by what it is remembered as used; `jkt`: the one key that it is good for, if it names any. */
type Vouched = { entitlement: Entitlement; tokenHash: string; jkt: string | undefined };
export type VerifyOutsideToken = (token: string, now: number) => Promise<Vouched>;

export type ProviderOptions = IdentityProviderConfig & {
  /** Of this house: what ids are derived with. */
  secret: Buffer;
  jwksUrl: URL;
  nursery: string;
  rooms: { has(id: string): boolean };
};

/**
 * Verifies tokens of an outside identity provider (JWT, RFC 7519, RFC 9068) and says what they entitle to here.
 * The subject does not come in: what is kept is an id derived from it, so it should be an opaque one; an e-mail address is refused.
 * @throws PeekabooError PASS_INVALID, PASS_EXPIRED, PROVIDER_UNAVAILABLE while its keys cannot be had.
 */
export function outsideTokens({
  issuer,
  audience,
  claims: names,
  keepKeysForMs,
  secret,
  jwksUrl,
  nursery,
  rooms,
}: ProviderOptions): VerifyOutsideToken {
  const keys = providerKeys(jwksUrl, { refreshAfterMs, cooldownMs, keepForMs: keepKeysForMs });
  return async (token, now) => {
    const { sub, iat, exp, claims } = await verify(token, now);
    const roomsHere = asList(claims[names.rooms]).filter((room) => rooms.has(room));
    const role = claims[names.role] ?? 'guardian';
    const request = inviteRequest.safeParse({ role, rooms: roomsHere, ...(role === 'staff' && { right: claims[names.right] }) });
    const jkt = boundKey.safeParse(claims.cnf);
    if (!request.success || !jkt.success || sub.includes('@')) throw new PeekabooError('PASS_INVALID');
    const facts = { id: idOf(secret, issuer, sub, request.data.role), nursery, createdAt: iat * 1_000, createdBy: identityProvider };
    const entitlement = entitlementSchema.safeParse({ ...request.data, ...facts, endsAt: exp * 1_000 });
    if (!entitlement.success || !fitsIntoPass(entitlement.data)) throw new PeekabooError('PASS_INVALID');
    return { entitlement: entitlement.data, tokenHash: hashOf(token), jkt: jkt.data?.jkt };
  };

  async function verify(token: string, now: number): Promise<{ sub: string; iat: number; exp: number; claims: JWTPayload }> {
    try {
      const options = { issuer, audience, algorithms, requiredClaims: ['exp', 'iat', names.subject], currentDate: new Date(now) };
      const { payload } = await jwtVerify(token, keys, options);
      const sub = payload[names.subject];
      if (typeof sub !== 'string' || sub === '') throw new PeekabooError('PASS_INVALID');
      // The newest word counts for all devices of a person: one from the future would be the last.
      if (Number(payload.iat) * 1_000 > now + clockSkewMs) throw new PeekabooError('PASS_INVALID');
      return { sub, iat: Number(payload.iat), exp: Number(payload.exp), claims: payload };
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new PeekabooError('PASS_EXPIRED');
      if (error instanceof ProviderAwayError) throw new PeekabooError('PROVIDER_UNAVAILABLE', {}, { cause: error });
      throw new PeekabooError('PASS_INVALID');
    }
  }
}

/** The same person is the same id each time. Nobody reads from it who that is, nor finds it out by trying names without the secret. */
function idOf(secret: Buffer, ...who: [issuer: string, sub: string, role: Entitlement['role']]): string {
  const digest = createHmac('sha256', secret).update(JSON.stringify(who)).digest('base64url');
  return `${who[2] === 'staff' ? 's' : 'g'}_${digest.slice(0, 16)}`;
}

/** A list, or a text with blanks between, as `scope` has it (RFC 6749 section 3.3). */
function asList(claim: unknown): string[] {
  if (Array.isArray(claim)) return claim.filter((each) => typeof each === 'string');
  return typeof claim === 'string' ? claim.split(' ') : [];
}
