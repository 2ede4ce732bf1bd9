import { createLocalJWKSet, createRemoteJWKSet, errors, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose';

export type ProviderKeysOptions = {
  /** For how long keys are good without asking again, in milliseconds; a token with a key that is not among them is asked for sooner. */
  refreshAfterMs: number;
  /** After one question, the next waits for so long, whatever tokens come. */
  cooldownMs: number;
  /** For how long keys stay good while the provider cannot be asked, since they were last fetched. */
  keepForMs: number;
};

/**
 * The public keys of an outside identity provider (RFC 7517), fetched when they are needed. Keys may change at any time without a
 * restart. While the provider is away, those that are known are kept for a stated time, and not for longer.
 */
export function providerKeys(url: URL, { refreshAfterMs, cooldownMs, keepForMs }: ProviderKeysOptions): JWTVerifyGetKey {
  const cache: JWKSCacheInput = {};
  const options = { cacheMaxAge: refreshAfterMs, cooldownDuration: cooldownMs, timeoutDuration: 5_000, [jwksCache]: cache };
  const remote = createRemoteJWKSet(url, options);
  return async (header, token) => {
    try {
      return await remote(header, token);
    } catch (error) {
      const isKnownLongEnough = cache.jwks !== undefined && Date.now() - (cache.uat ?? 0) <= keepForMs;
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys || !isKnownLongEnough) throw error;
      return createLocalJWKSet(cache.jwks as NonNullable<typeof cache.jwks>)(header, token);
    }
  };
}
