import { PeekabooError } from '@peekaboo/shared/errors';
import { type Pass, passAlgorithms, passAudience, passClaims, passIssuer, passType } from '@peekaboo/shared/pass';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { isExactJws, saysOnce } from './exact-jws.ts';

/** A pass that was genuine until it ran out. */
export class ExpiredPassError extends PeekabooError {
  readonly pass: Pass;

  constructor(pass: Pass) {
    super('PASS_EXPIRED');
    this.pass = pass;
  }
}

/**
 * Verifies a pass: signature by a known key with an allowed algorithm, issuer, audience, type, expiry (RFC 7519, RFC 8725).
 * @throws ExpiredPassError, or PeekabooError PASS_INVALID; the cause is not told, since only an attacker would learn from it.
 */
export type VerifyPass = (token: string, now: number) => Promise<Pass>;

export function createPassVerifier(jwks: JSONWebKeySet): VerifyPass {
  const keys = createLocalJWKSet(jwks);
  return async (token, now) => {
    try {
      if (!isExactJws(token) || !saysOnce(token)) throw new PeekabooError('PASS_INVALID');
      const { payload } = await jwtVerify(token, keys, {
        issuer: passIssuer,
        audience: passAudience,
        typ: passType,
        algorithms: [...passAlgorithms],
        requiredClaims: ['sub', 'jti', 'exp'],
        currentDate: new Date(now),
      });
      return passClaims.parse(payload);
    } catch (error) {
      // Found last, when all else about it was right.
      const expired = error instanceof errors.JWTExpired ? passClaims.safeParse(error.payload).data : undefined;
      throw expired ? new ExpiredPassError(expired) : new PeekabooError('PASS_INVALID');
    }
  };
}
