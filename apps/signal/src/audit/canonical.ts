import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** JSON with one way to write each value: the JSON Canonicalization Scheme (RFC 8785). @throws Error for what JSON cannot say. */
export function canonical(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('there is no JSON for this value');
  return text;
}

/** SHA-256 (FIPS 180-4) in hexadecimal. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
