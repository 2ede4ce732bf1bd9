import { type DeviceKey, digest, nonce, signWithKey } from './device-key.ts';

/** `typ` of a proof of possession (RFC 9449 section 4.2), and of the one that goes with an answer. */
export const proofType = 'dpop+jwt';
export const answerProofType = 'peekaboo-answer+jwt';

/** The methods for which a proof can be made: connecting a socket, and asking for a pass. */
export type ProofMethod = 'GET' | 'POST';

export type ProofRequest = {
  method: ProofMethod;
  /** The address that it is for, without query and fragment: a namespace of the socket, or `/pass`. */
  url: string;
  /** The pass that it goes with; none when it asks for one. */
  pass?: string;
  /** Milliseconds since the Unix epoch, by signal's clock as far as it is known. */
  now: number;
};

/** What a person or program connects with. */
export type Credentials = { pass: string; key: DeviceKey };

/** What a socket presents: the pass, and a proof made for this one connection. `url` is that of the namespace. */
export async function makeHandshake({ pass, key }: Credentials, url: string, now: number): Promise<{ pass: string; proof: string }> {
  return { pass, proof: await makeProof(key, { method: 'GET', url, pass, now }) };
}

/** Proves that this device holds the key, for one request (RFC 9449 section 4.2). */
export async function makeProof(key: DeviceKey, { method, url, pass, now }: ProofRequest): Promise<string> {
  const ath = pass === undefined ? {} : { ath: await digest(pass) };
  return signWithKey(key, proofType, { jti: nonce(), htm: method, htu: url, iat: Math.floor(now / 1_000), ...ath });
}

/** Proves that the DTLS certificate of an answer is this device's own, so that nobody else can take its view over. */
export async function makeAnswerProof(
  key: DeviceKey,
  { view, fingerprint, pass, now }: { view: string; fingerprint: string; pass: string; now: number },
): Promise<string> {
  return signWithKey(key, answerProofType, { jti: nonce(), view, fingerprint, iat: Math.floor(now / 1_000), ath: await digest(pass) });
}

/**
 * The one certificate fingerprint of an SDP (RFC 8122 section 5), as `sha-256 AB:CD…`; undefined when it has none, or several
 * that differ.
 */
export function fingerprintOf(sdp: string): string | undefined {
  const found = [...sdp.matchAll(/^a=fingerprint:(\S+) +(\S+)/gm)].map(
    ([, hash, value]) => `${hash?.toLowerCase()} ${value?.toUpperCase()}`,
  );
  return new Set(found).size === 1 ? found[0] : undefined;
}
