import { compactVerify, createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { canonical } from '../audit/canonical.ts';
import { isExactJws } from './exact-jws.ts';

/** Tells whether a compact JWS (RFC 7515) with this `typ` is a signature over exactly this content, by one of these public keys. */
export type VerifySigned = (content: object, jws: string, typ: string) => Promise<boolean>;

export function createSignatureVerifier(jwks: JSONWebKeySet): VerifySigned {
  const keys = createLocalJWKSet(jwks);
  return async (content, jws, typ) => {
    try {
      if (!isExactJws(jws)) return false;
      const { payload, protectedHeader } = await compactVerify(jws, keys, { algorithms: ['ES256'] });
      return protectedHeader.typ === typ && Buffer.from(payload).equals(Buffer.from(canonical(content)));
    } catch {
      return false;
    }
  };
}
