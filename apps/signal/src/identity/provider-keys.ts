import { createLocalJWKSet, createRemoteJWKSet, errors, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose';

export type ProviderKeysOptions = {
  /** For how long keys are good without asking again, in milliseconds; a token with a key that is not among them is asked for sooner. */
  refreshAfterMs: number;
  /** After one question, the next waits for so long, whatever tokens come. */
  cooldownMs: number;
  /** For how long keys stay good while the provider cannot be asked, since they were last fetched. */
  keepForMs: number;
};

/** A page gives up after 8 s, and has more to do than to wait for this. */
const answerWithinMs = 2_500;

/** The provider could not be asked for its keys, and what is known of them does not help. */
export class ProviderAwayError extends Error {
  override readonly name = 'ProviderAwayError';
}

/**
 * The public keys of an outside identity provider (RFC 7517), fetched when they are needed. Keys may change at any time without a
 * restart. While the provider is away, those that are known are kept for a stated time, and not for longer; it is asked again after
 * the cooldown, so that one who is silent does not keep everybody waiting.
 * @throws ProviderAwayError; JWKSNoMatchingKey and JWKSMultipleMatchingKeys of jose when it was asked and knows better.
 */
export function providerKeys(url: URL, { refreshAfterMs, cooldownMs, keepForMs }: ProviderKeysOptions): JWTVerifyGetKey {
  const cache: JWKSCacheInput = {};
  const options = { cacheMaxAge: refreshAfterMs, cooldownDuration: cooldownMs, timeoutDuration: answerWithinMs, [jwksCache]: cache };
  const remote = createRemoteJWKSet(url, options);
  let away: { since: number; cause: unknown } | undefined;

  return async (header, token) => {
    if (away && performance.now() - away.since < cooldownMs) return keptKey(away.cause, header, token);
    try {
      const key = await remote(header, token);
      away = undefined;
      return key;
    } catch (error) {
      if (isAboutToken(error)) throw error;
      away = { since: performance.now(), cause: error };
      return keptKey(error, header, token);
    }
  };

  async function keptKey(cause: unknown, ...[header, token]: Parameters<JWTVerifyGetKey>) {
    const { jwks, uat = 0 } = cache;
    if (!jwks || Date.now() - uat > keepForMs) throw new ProviderAwayError('its keys are not known', { cause });
    return createLocalJWKSet(jwks)(header, token).catch((error) => {
      throw isAboutToken(error) ? new ProviderAwayError('its keys may have changed', { cause }) : error;
    });
  }
}

/** It names no key that there is, or too many. */
function isAboutToken(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
}
