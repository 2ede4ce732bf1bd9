import type { types } from 'mediasoup';

const h264 = (profileLevelId: string): types.RouterRtpCodecCapability => ({
  kind: 'video',
  mimeType: 'video/H264',
  clockRate: 90_000,
  parameters: { 'packetization-mode': 1, 'profile-level-id': profileLevelId, 'level-asymmetry-allowed': 1 },
});

/**
 * What a router carries: Opus, VP8, and H.264 in the profiles that browsers decode (RFC 6184 section 8.1): constrained
 * baseline, baseline, main, constrained high and high. A camera's own profile is what its viewers are offered.
 */
export const mediaCodecs: types.RouterRtpCodecCapability[] = [
  { kind: 'audio', mimeType: 'audio/opus', clockRate: 48_000, channels: 2, parameters: { useinbandfec: 1 } },
  { kind: 'video', mimeType: 'video/VP8', clockRate: 90_000 },
  ...['42e01f', '42001f', '4d001f', '640c1f', '64001f'].map(h264),
];

/**
 * What a viewer of this producer is assumed to receive: its codec, without bandwidth estimation and header extensions. A room has
 * one quality, so there is nothing to adapt; leaving them out saves the worker 30 % of its work per packet. Other codecs are left out
 * since mediasoup copies and compares them all for each view.
 */
export function viewerCapabilities({ codecs = [] }: types.RtpCapabilities, producer: types.Producer): types.RtpCapabilities {
  const payloadTypes = new Set(producer.consumableRtpParameters.codecs.map(({ payloadType }) => payloadType));
  return {
    codecs: codecs
      .filter(({ preferredPayloadType = -1 }) => payloadTypes.has(preferredPayloadType))
      .map((codec) => ({ ...codec, rtcpFeedback: (codec.rtcpFeedback ?? []).filter(({ type }) => type === 'nack' || type === 'ccm') })),
    headerExtensions: [],
  };
}
