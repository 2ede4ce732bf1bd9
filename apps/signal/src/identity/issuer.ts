import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';
import { newId } from '@peekaboo/shared/ids';
import { type Pass, passAudience, passIssuer, passType } from '@peekaboo/shared/pass';
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JSONWebKeySet, type JWK, SignJWT } from 'jose';
import { canonical } from '../audit/canonical.ts';

/** What is decided about a new pass; the rest of its claims follow. */
export type PassRequest = Pick<Pass, 'sub' | 'role' | 'nursery' | 'rooms' | 'hours' | 'right' | 'cnf'> & {
  /** A device's passes all have the same, so that one that was revoked stays revoked; else a new one is made. */
  jti?: string;
  validForSeconds: number;
};

/** The built-in issuer: signs passes with a key made on first start. It knows no passwords and keeps no list of people. */
export type Issuer = {
  /** Signs a pass and returns it as a compact JWS (RFC 7515). */
  issue(request: PassRequest, now: number): Promise<string>;
  /** Signs anything else, as a compact JWS over its canonical JSON (RFC 8785). `typ` keeps one kind from passing for another. */
  sign(payload: object, typ: string): Promise<string>;
  /** The public half, as served at /.well-known/jwks.json (RFC 7517). */
  jwks: JSONWebKeySet;
};

/**
 * Opens the issuer whose ES256 key lies in `dataFolder/issuer.jwk`, readable by its owner alone; makes the key if there is none.
 * @throws StartError when the folder or the key cannot be used.
 */
export async function openIssuer(dataFolder: string): Promise<Issuer> {
  const path = join(dataFolder, 'issuer.jwk');
  const privateJwk = existsSync(path) ? readKey(path) : await makeKey(path, dataFolder);
  const key = await importJWK(privateJwk, 'ES256').catch(() => {
    throw new StartError(`${path}: is not an ES256 key; move it away and a new one is made (all passes then end)`);
  });
  const { kty, crv, x, y, kid } = privateJwk as { kty: string; crv: string; x: string; y: string; kid: string };
  const jwks = { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] };
  writePublicHalf(join(dataFolder, 'jwks.json'), `${JSON.stringify(jwks)}\n`);
  return {
    jwks,
    sign: (payload, typ) => new CompactSign(Buffer.from(canonical(payload))).setProtectedHeader({ alg: 'ES256', typ, kid }).sign(key),
    issue: ({ validForSeconds, jti = newId('pass'), ...claims }, now) => {
      const issuedAt = Math.floor(now / 1_000);
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: 'ES256', typ: passType, kid })
        .setIssuer(passIssuer)
        .setAudience(passAudience)
        .setJti(jti)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + validForSeconds)
        .sign(key);
    },
  };
}

/** So that the ledger can be checked without touching the private key. */
function writePublicHalf(path: string, content: string): void {
  try {
    if (!existsSync(path) || readFileSync(path, 'utf8') !== content) writeFileSync(path, content, { mode: 0o644 });
  } catch (error) {
    throw new StartError(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code}); set PEEKABOO_DATA to a folder that can`);
  }
}

function readKey(path: string): JWK {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new StartError(`${path}: cannot be read as a key; move it away and a new one is made (all passes then end)`);
  }
}

async function makeKey(path: string, dataFolder: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  const withId = { ...jwk, kid: await calculateJwkThumbprint(jwk) };
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    writeFileSync(path, `${JSON.stringify(withId)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new StartError(`${path}: cannot be written (${(error as NodeJS.ErrnoException).code}); set PEEKABOO_DATA to a folder that can`);
  }
  return withId;
}
