/*
 * A device's key (ES256, by WebCrypto) and what is signed with it. Runs in browsers and in Node, and is small enough for a page:
 * a compact JWS (RFC 7515 section 3.1) takes no library to write.
 */

/** Public half, as RFC 7517 and RFC 7518 section 6.2 write it. */
export type PublicJwk = { kty: 'EC'; crv: 'P-256'; x: string; y: string };
export type PrivateJwk = PublicJwk & { d: string };
export type DeviceKey = { privateKey: CryptoKey; publicJwk: PublicJwk };

const curve = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** Makes a key. One that is not `extractable` can be used here, and copied nowhere. */
export async function makeDeviceKey(extractable = false): Promise<DeviceKey> {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(curve, extractable, ['sign']);
  return { privateKey, publicJwk: publicHalf(await crypto.subtle.exportKey('jwk', publicKey)) };
}

/** The whole key, to be kept in a file by a program; only of a key that was made extractable. */
export async function exportDeviceKey({ privateKey }: DeviceKey): Promise<PrivateJwk> {
  const jwk = await crypto.subtle.exportKey('jwk', privateKey);
  return { ...publicHalf(jwk), d: String(jwk.d) };
}

/** @throws when it is not a private P-256 key. */
export async function importDeviceKey(jwk: PrivateJwk): Promise<DeviceKey> {
  const { kty, crv, x, y, d } = jwk;
  return { privateKey: await crypto.subtle.importKey('jwk', { kty, crv, x, y, d }, curve, false, ['sign']), publicJwk: publicHalf(jwk) };
}

/** The key's thumbprint (RFC 7638), by which a pass is bound to it (`cnf.jkt`). */
export function thumbprint({ kty, crv, x, y }: PublicJwk): Promise<string> {
  return digest(JSON.stringify({ crv, kty, x, y }));
}

/** SHA-256 of a text, in base64url. */
export async function digest(text: string): Promise<string> {
  return base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
}

/** 128 random bits, in base64url. */
export function nonce(bytes = 16): string {
  return base64url(crypto.getRandomValues(new Uint8Array(bytes)).buffer);
}

/** Signs claims as a compact JWS whose header carries the public key, as proofs do (RFC 9449 section 4.2). */
export async function signWithKey({ privateKey, publicJwk }: DeviceKey, typ: string, claims: object): Promise<string> {
  const parts = [{ typ, alg: 'ES256', jwk: publicJwk }, claims].map((part) =>
    base64url(new TextEncoder().encode(JSON.stringify(part)).buffer),
  );
  const signed = parts.join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, new TextEncoder().encode(signed));
  return `${signed}.${base64url(signature)}`;
}

function publicHalf({ x, y }: JsonWebKey): PublicJwk {
  return { kty: 'EC', crv: 'P-256', x: String(x), y: String(y) };
}

function base64url(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
