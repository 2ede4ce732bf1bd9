import { createHash, createPublicKey, type JsonWebKeyInput, verify } from 'node:crypto';
import { PeekabooError } from '@peekaboo/shared/errors';
import { opaqueId } from '@peekaboo/shared/ids';
import { answerProofType, type ProofMethod, proofType } from '@peekaboo/shared/proof';
import { decodeProtectedHeader } from 'jose';
import { z } from 'zod';
import { canonical } from '../audit/canonical.ts';
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

/** Made once: to make a schema costs more than to verify a signature. */
const request = {
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
  const { claims, proven } = open(proof, request);
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
  const { claims, proven } = open(proof, answer);
  if (proven.jkt !== jkt || claims.view !== view || claims.ath !== ath) throw new PeekabooError('PROOF_INVALID');
  if (claims.fingerprint !== fingerprint) throw new PeekabooError('FINGERPRINT_UNPROVEN');
  refuseStale(claims.iat, now);
  return proven;
}

/** `ath` of a pass: its SHA-256, in base64url (RFC 9449 section 4.2). */
export function athOf(pass: string): string {
  return hashOf(pass);
}

type Kind<T> = { header: ReturnType<typeof headerOf>; claims: z.ZodType<T> };

function open<T extends { jti: string; iat: number }>(proof: string, { header, claims: schema }: Kind<T>) {
  try {
    if (!isExactJws(proof)) throw new PeekabooError('PROOF_INVALID');
    const { alg, jwk } = header.parse(decodeProtectedHeader(proof));
    const [head, payload = '', signature = ''] = proof.split('.');
    // At once, not by WebCrypto: to hand it to another thread costs as much as to do it, and the answer a turn of every thread.
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput), dsaEncoding: 'ieee-p1363' } as const; // RFC 7518 section 3.4
    const hash = alg === 'ES256' ? 'sha256' : null;
    if (!verify(hash, Buffer.from(`${head}.${payload}`), key, Buffer.from(signature, 'base64url')))
      throw new PeekabooError('PROOF_INVALID');
    const claims = schema.parse(JSON.parse(Buffer.from(payload, 'base64url').toString()));
    // The header has the required members and no other: in canonical form they are what RFC 7638 hashes.
    return { claims, proven: { jkt: hashOf(canonical(jwk)), jti: claims.jti, madeAt: claims.iat * 1_000 } };
  } catch {
    throw new PeekabooError('PROOF_INVALID'); // why is not told: only an attacker would learn from it
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** @throws PeekabooError PROOF_STALE. `iat` in seconds, as RFC 7519 has it. */
function refuseStale(iat: number, now: number): void {
  if (Math.abs(now - iat * 1_000) > clockSkewMs) throw new PeekabooError('PROOF_STALE', { now });
}
