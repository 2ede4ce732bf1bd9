import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { canonical } from '../audit/canonical.ts';

/** Tells whether a compact JWS (RFC 7515) with this `typ` is a signature over exactly this content, by one of these public keys. */
export type VerifySigned = (content: object, jws: string, typ: string) => Promise<boolean>;

export function createSignatureVerifier(jwks: JSONWebKeySet): VerifySigned {
  const keys = createLocalJWKSet(jwks);
  return async (content, jws, typ) => {
    try {
      // Base64url leaves spare bits at its end; only one way to write a signature counts.
      if (jws.split('.').some((part) => Buffer.from(part, 'base64url').toString('base64url') !== part)) return false;
      const { payload, protectedHeader } = await compactVerify(jws, keys, { algorithms: ['ES256'] });
      return protectedHeader.typ === typ && Buffer.from(payload).equals(Buffer.from(canonical(content)));
    } catch {
      return false;
    }
  };
}
