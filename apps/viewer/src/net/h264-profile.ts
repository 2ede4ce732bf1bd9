/**
 * Profiles of H.264 as WebRTC writes them (RFC 6184 section 8.1, its table 5): constrained baseline, baseline, main, constrained
 * high, high, high 4:4:4 predictive. A decoder of one decodes what those before it stand for; what baseline alone has, no camera sends.
 */
const profiles = ['42e0', '4200', '4d00', '640c', '6400', 'f400'];

type Codecs = readonly { mimeType: string; sdpFmtpLine?: string }[];

/**
 * A browser turns down a picture whose profile it does not name, although its decoder goes by what the picture itself says: Safari
 * names neither main nor plain high, which most cameras send; Firefox nothing above baseline. Where it does not name the camera's
 * profile the offer takes the nearest that it names. The level stays.
 */
export function fitProfiles(offer: string, receivable: Codecs = RTCRtpReceiver.getCapabilities?.('video')?.codecs ?? []): string {
  const named = receivable
    .filter(({ mimeType, sdpFmtpLine = '' }) => mimeType.toLowerCase() === 'video/h264' && sdpFmtpLine.includes('packetization-mode=1'))
    .map(({ sdpFmtpLine = '' }) => rankOf(/profile-level-id=([\da-f]{4})/i.exec(sdpFmtpLine)?.[1] ?? ''))
    .filter((rank) => rank >= 0)
    .sort((a, b) => a - b);
  return offer.replace(/(profile-level-id=)([\da-f]{4})/gi, (line, key: string, profile: string) => {
    const rank = rankOf(profile);
    const nearest = named.find((each) => each >= rank) ?? named.at(-1) ?? rank;
    return rank < 0 || nearest === rank ? line : `${key}${profiles[nearest]}`;
  });
}

/** The place in `profiles` of a `profile_idc` and a `profile_iop`, of which not every bit counts; -1 for others. */
function rankOf(profile: string): number {
  const idc = profile.slice(0, 2).toLowerCase();
  const iop = Number.parseInt(profile.slice(2), 16);
  if (idc === '42') return iop & 0x40 ? 0 : 1;
  if (idc === '4d') return iop & 0x80 ? 0 : 2;
  if (idc === '64') return iop === 0x0c ? 3 : 4;
  return idc === 'f4' ? 5 : -1;
}
