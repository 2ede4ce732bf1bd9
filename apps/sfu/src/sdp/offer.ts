import type { types } from 'mediasoup';
import { type MediaAttributes, write } from 'sdp-transform';

/** One track of an offer. `camera` becomes the stream id (`a=msid`), by which the viewer tells cameras apart. */
export type OfferedTrack = { camera: string; kind: 'audio' | 'video'; rtpParameters: types.RtpParameters };

export type OfferOptions = {
  iceParameters: types.IceParameters;
  iceCandidates: types.IceCandidate[];
  fingerprints: types.DtlsFingerprint[];
  tracks: OfferedTrack[];
};

/**
 * Writes the SFU's complete offer: ICE-lite with all candidates inline (RFC 8445 section 2.5, RFC 8839), BUNDLE (RFC 9143),
 * `setup:actpass` (RFC 8842), one sendonly m-line a track (RFC 8829).
 */
export function writeOffer({ iceParameters, iceCandidates, fingerprints, tracks }: OfferOptions): string {
  const mids = tracks.map((_, index) => String(index));
  // mediasoup orders fingerprints arbitrarily; browsers need one, and sha-256 is the one they all know (RFC 8122 section 5).
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256') ?? fingerprints[0];
  if (!fingerprint) throw new Error('the transport has no DTLS fingerprint');

  return write({
    version: 0,
    origin: { username: '-', sessionId: '1', sessionVersion: 1, netType: 'IN', ipVer: 4, address: '127.0.0.1' },
    name: '-',
    timing: { start: 0, stop: 0 },
    icelite: 'ice-lite',
    groups: [{ type: 'BUNDLE', mids: mids.join(' ') }],
    msidSemantic: { semantic: 'WMS', token: '*' },
    media: tracks.map((track, index) => ({
      ...codecLines(track.rtpParameters),
      type: track.kind,
      protocol: 'UDP/TLS/RTP/SAVPF',
      port: 7,
      connection: { version: 4, ip: '127.0.0.1' },
      mid: String(index),
      direction: 'sendonly',
      iceUfrag: iceParameters.usernameFragment,
      icePwd: iceParameters.password,
      candidates: iceCandidates.map(candidateLine),
      endOfCandidates: 'end-of-candidates',
      fingerprint: { type: fingerprint.algorithm, hash: fingerprint.value },
      setup: 'actpass',
      msid: [{ id: track.camera, appdata: `${track.camera}-${track.kind}` }],
      rtcpMux: 'rtcp-mux',
      rtcpRsize: 'rtcp-rsize',
      ...sourceLines(track.rtpParameters),
    })) as never,
  });
}

function codecLines({ codecs }: types.RtpParameters): Pick<MediaAttributes, 'rtp' | 'fmtp' | 'rtcpFb'> & { payloads: string } {
  return {
    payloads: codecs.map(({ payloadType }) => payloadType).join(' '),
    rtp: codecs.map(({ payloadType, mimeType, clockRate, channels = 1 }) => ({
      payload: payloadType,
      codec: mimeType.slice(mimeType.indexOf('/') + 1),
      rate: clockRate,
      ...(channels > 1 && { encoding: channels }),
    })),
    fmtp: codecs
      .filter(({ parameters = {} }) => Object.keys(parameters).length > 0)
      .map(({ payloadType, parameters }) => ({
        payload: payloadType,
        config: Object.entries(parameters as object)
          .map(([key, value]) => `${key}=${value}`)
          .join(';'),
      })),
    rtcpFb: codecs.flatMap(({ payloadType, rtcpFeedback = [] }) =>
      rtcpFeedback.map(({ type, parameter }) => ({ payload: payloadType, type, ...(parameter && { subtype: parameter }) })),
    ),
  };
}

/** The track's SSRCs, with the retransmission one grouped to it (RFC 5576 section 4.2, RFC 4588 section 8.8). */
function sourceLines({ encodings = [], rtcp }: types.RtpParameters): Pick<MediaAttributes, 'ssrcs' | 'ssrcGroups'> {
  const ssrc = encodings[0]?.ssrc;
  const rtxSsrc = encodings[0]?.rtx?.ssrc;
  if (ssrc === undefined) throw new Error('the track has no SSRC');
  const cname = (id: number) => ({ id, attribute: 'cname', value: rtcp?.cname ?? 'peekaboo' });
  if (rtxSsrc === undefined) return { ssrcs: [cname(ssrc)] };
  return { ssrcs: [cname(ssrc), cname(rtxSsrc)], ssrcGroups: [{ semantics: 'FID', ssrcs: `${ssrc} ${rtxSsrc}` }] };
}

function candidateLine(candidate: types.IceCandidate) {
  const { foundation, priority, address, protocol, port, type, tcpType } = candidate;
  return { foundation, component: 1, transport: protocol, priority, ip: address, port, type, ...(tcpType && { tcptype: tcpType }) };
}
