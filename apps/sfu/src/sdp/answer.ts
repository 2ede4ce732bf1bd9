import { PeekabooError } from '@peekaboo/shared/errors';
import type { types } from 'mediasoup';
import { parse } from 'sdp-transform';

const strongHashes = ['sha-256', 'sha-384', 'sha-512'] as const;

/**
 * Reads what the SFU needs of a viewer's answer: the certificate fingerprint of its DTLS client (RFC 8122, RFC 8842).
 * The offer cannot be bargained with: every m-line accepted, in order, receive-only, encrypted.
 * @throws PeekabooError ANSWER_UNUSABLE naming what is wrong.
 */
export function readAnswer(sdp: string, trackCount: number): types.DtlsParameters {
  const session = parseSdp(sdp);
  if (session.media.length !== trackCount) throw unusable(`has ${session.media.length} m-lines, the offer has ${trackCount}`);

  const fingerprints = session.media.map((media, index) => {
    if (media.port === 0) throw unusable(`rejects m-line ${index}; this browser cannot show the camera's codec`);
    if (media.protocol !== 'UDP/TLS/RTP/SAVPF') throw unusable(`m-line ${index} is not DTLS-SRTP`);
    if ((media.direction ?? session.direction) !== 'recvonly') throw unusable(`m-line ${index} is not recvonly`);
    if ((media.setup ?? session.setup) !== 'active') throw unusable(`m-line ${index} is not setup:active`);
    return media.fingerprint ?? session.fingerprint;
  });

  const [first] = fingerprints;
  const algorithm = strongHashes.find((hash) => hash === String(first?.type).toLowerCase());
  if (!first || !algorithm) throw unusable('has no sha-256, sha-384 or sha-512 fingerprint');
  if (fingerprints.some((other) => other?.hash !== first.hash || other?.type !== first.type)) throw unusable('has different fingerprints');
  const bytes = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 }[algorithm];
  if (!new RegExp(`^([0-9A-F]{2}:){${bytes - 1}}[0-9A-F]{2}$`, 'i').test(String(first.hash))) throw unusable('has a malformed fingerprint');
  return { role: 'client', fingerprints: [{ algorithm, value: String(first.hash).toUpperCase() }] };
}

function parseSdp(sdp: string): ReturnType<typeof parse> {
  try {
    const session = parse(sdp);
    if (!Array.isArray(session.media)) throw unusable('is not SDP');
    return session;
  } catch {
    throw unusable('is not SDP');
  }
}

function unusable(what: string): PeekabooError {
  return new PeekabooError('ANSWER_UNUSABLE', { fields: [`the answer ${what}`.slice(0, 200)] });
}
