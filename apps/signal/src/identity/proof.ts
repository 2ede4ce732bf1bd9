import { createHash } from 'node:crypto';
import { PeekabooError } from '@peekaboo/shared/errors';
import { opaqueId } from '@peekaboo/shared/ids';
import { answerProofType, type ProofMethod, proofType } from '@peekaboo/shared/proof';
import { calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { z } from 'zod';
import { isExactJws } from './exact-jws.ts';

/** How far the clock of a device may be from signal's. */
export const clockSkewMs = 60_000;

const base64url = (length: string) => z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`));
const coordinate = base64url('43');
const jti = base64url('16,64');

/** Exactly these members: no private key, and nothing that names another key (RFC 9449 section 4.3, points 5 to 7). */
const headerOf = (typ: string) =>
  z.union([
    z.strictObject({
      typ: z.literal(typ),
      alg: z.literal('ES256'),
      jwk: z.strictObject({ kty: z.literal('EC'), crv: z.literal('P-256'), x: coordinate, y: coordinate }),
    }),
    z.strictObject({
      typ: z.literal(typ),
      alg: z.literal('EdDSA'),
      jwk: z.strictObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: coordinate }),
    }),
  ]);

/** Made once: to make a schema costs more than to verify a signature by it. */
const request = {
  typ: proofType,
  header: headerOf(proofType),
  claims: z.strictObject({
    jti,
    htm: z.enum(['GET', 'POST']),
    htu: z.url().max(500),
    iat: z.int().nonnegative(),
    ath: coordinate.optional(),
  }),
};
const answer = {
  typ: answerProofType,
  header: headerOf(answerProofType),
  claims: z.strictObject({ jti, view: opaqueId, fingerprint: z.string().max(300), iat: z.int().nonnegative(), ath: coordinate }),
};

/** What a proof has proved: the key, by its thumbprint (RFC 7638). `jti` is the proof's own id; `madeAt` in milliseconds since the Unix epoch, as it says. */
export type Proven = { jkt: string; jti: string; madeAt: number };

export type ExpectedProof = {
  method: ProofMethod;
  path: string;
  /** Whether this signal is reached under this address. */
  isHere: (url: URL) => boolean;
  /** Hash of the pass that it has to go with (`athOf`); undefined when none is presented, and then it must name none. */
  ath: string | undefined;
  now: number;
};

/**
 * Verifies a proof of possession (RFC 9449 section 4.3), save for whether it was used before: see `UsedProofs`.
 * @throws PeekabooError PROOF_INVALID; PROOF_STALE with signal's time when only the device's clock is wrong.
 */
export async function verifyProof(proof: string, { method, path, isHere, ath, now }: ExpectedProof): Promise<Proven> {
  const { claims, proven } = await open(proof, request);
  const url = new URL(claims.htu);
  const isForThis = claims.htm === method && url.pathname === path && url.search + url.hash + url.username === '' && isHere(url);
  if (!isForThis || claims.ath !== ath) throw new PeekabooError('PROOF_INVALID');
  refuseStale(claims.iat, now);
  return proven;
}

/**
 * Verifies that an answer's fingerprint was signed by the device that holds the pass.
 * @throws PeekabooError PROOF_INVALID, PROOF_STALE; FINGERPRINT_UNPROVEN when it was another fingerprint.
 */
export async function verifyAnswerProof(
  proof: string,
  { view, fingerprint, ath, jkt, now }: { view: string; fingerprint: string; ath: string; jkt: string; now: number },
): Promise<Proven> {
  const { claims, proven } = await open(proof, answer);
  if (proven.jkt !== jkt || claims.view !== view || claims.ath !== ath) throw new PeekabooError('PROOF_INVALID');
  if (claims.fingerprint !== fingerprint) throw new PeekabooError('FINGERPRINT_UNPROVEN');
  refuseStale(claims.iat, now);
  return proven;
}

/** `ath` of a pass: its SHA-256, in base64url (RFC 9449 section 4.2). */
export function athOf(pass: string): string {
  return createHash('sha256').update(pass).digest('base64url');
}

type Kind<T> = { typ: string; header: ReturnType<typeof headerOf>; claims: z.ZodType<T> };

async function open<T extends { jti: string; iat: number }>(proof: string, { typ, header, claims: schema }: Kind<T>) {
  try {
    if (!isExactJws(proof)) throw new PeekabooError('PROOF_INVALID');
    const { alg, jwk } = header.parse(decodeProtectedHeader(proof));
    const { payload } = await jwtVerify(proof, await importJWK(jwk, alg), { algorithms: [alg], typ, currentDate: new Date(0) });
    const claims = schema.parse(payload);
    const jkt = await calculateJwkThumbprint(jwk);
    return { claims, proven: { jkt, jti: claims.jti, madeAt: claims.iat * 1_000 } };
  } catch {
    throw new PeekabooError('PROOF_INVALID'); // why is not told: only an attacker would learn from it
  }
}

/** @throws PeekabooError PROOF_STALE. `iat` in seconds, as RFC 7519 has it. */
function refuseStale(iat: number, now: number): void {
  if (Math.abs(now - iat * 1_000) > clockSkewMs) throw new PeekabooError('PROOF_STALE', { now });
}
