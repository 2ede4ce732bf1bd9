const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Whether a proof that was made for this address was made for this signal.
 * @param host the request's `Host` header.
 * @param publicUrls origins under which signal is reached; when there are none, whatever `host` names.
 */
export function isOwnAddress(url: URL, host: string | undefined, publicUrls: readonly string[]): boolean {
  const isNamed = url.host === host?.toLowerCase();
  if (publicUrls.length === 0) return isNamed;
  return publicUrls.includes(url.origin) || (isNamed && loopback.test(url.hostname));
}
