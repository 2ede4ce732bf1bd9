/** How the payload of a video packet says that a keyframe begins in it. */
export type VideoCodec = 'H264' | 'VP8';

const beginsKeyframe: Record<VideoCodec, (payload: Buffer) => boolean> = { H264: beginsIdrSlice, VP8: beginsVp8Keyframe };

/** The video codecs of an SDP offer by payload type (RFC 8866 section 6.6). */
export function videoCodecsOf(offer: string): ReadonlyMap<number, VideoCodec> {
  const codecs = new Map<number, VideoCodec>();
  for (const [, payloadType, name = ''] of offer.matchAll(/^a=rtpmap:(\d+) (H264|VP8)\/90000/gim))
    codecs.set(Number(payloadType), name.toUpperCase() as VideoCodec);
  return codecs;
}

/** Watches one stream of RTP packets (H.264 by RFC 6184, VP8 by RFC 7741) for keyframes of which every packet came. */
export class KeyframeWatch {
  readonly #codecs: ReadonlyMap<number, VideoCodec>;
  #timestamp = -1;
  #sequence = -1;
  /** Whether the picture of this timestamp came whole and in order so far. */
  #whole = false;
  #isKeyframe = false;

  constructor(codecs: ReadonlyMap<number, VideoCodec>) {
    this.#codecs = codecs;
  }

  /** Takes the next packet. Returns true when it is the last one of a whole keyframe. */
  received(packet: Buffer): boolean {
    const codec = this.#codecs.get((packet[1] ?? 0) & 0x7f);
    if (!codec) return false; // a retransmission: a stream of its own, with its own sequence (RFC 4588 section 4)
    const sequence = packet.readUInt16BE(2);
    const timestamp = packet.readUInt32BE(4);
    const isNext = this.#sequence < 0 || sequence === ((this.#sequence + 1) & 0xffff);
    if (timestamp !== this.#timestamp) {
      this.#timestamp = timestamp;
      this.#whole = isNext;
      this.#isKeyframe = false;
    } else if (!isNext) this.#whole = false;
    this.#sequence = sequence;
    this.#isKeyframe ||= beginsKeyframe[codec](payloadOf(packet));
    const isLast = ((packet[1] ?? 0) & 0x80) !== 0; // the marker bit (RFC 6184 section 5.1, RFC 7741 section 4.1)
    return isLast && this.#whole && this.#isKeyframe;
  }
}

function payloadOf(packet: Buffer): Buffer {
  const first = packet[0] ?? 0;
  let headerBytes = 12 + 4 * (first & 0x0f);
  if (first & 0x10) headerBytes += 4 + 4 * packet.readUInt16BE(headerBytes + 2); // header extension (RFC 3550 section 5.3.1)
  return packet.subarray(headerBytes);
}

/** RFC 6184: single NAL unit, STAP-A section 5.7.1, FU-A section 5.8. */
function beginsIdrSlice(payload: Buffer): boolean {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type === 5) return true;
  if (type === 28) return ((payload[1] ?? 0) & 0x9f) === 0x85;
  if (type !== 24) return false;
  for (let at = 1; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at)) {
    if (((payload[at + 2] ?? 0) & 0x1f) === 5) return true;
  }
  return false;
}

/** RFC 7741: the start of the first partition (section 4.2), whose header has the inverse key frame flag (section 4.3). */
function beginsVp8Keyframe(payload: Buffer): boolean {
  const [descriptor = 0, extensions = 0, pictureId = 0] = payload;
  const startsFrame = (descriptor & 0x10) !== 0 && (descriptor & 0x07) === 0;
  if (!startsFrame) return false;
  let descriptorBytes = 1;
  if (descriptor & 0x80) {
    descriptorBytes += 1;
    if (extensions & 0x80) descriptorBytes += pictureId & 0x80 ? 2 : 1;
    if (extensions & 0x40) descriptorBytes += 1; // TL0PICIDX
    if (extensions & 0x30) descriptorBytes += 1; // TID, Y and KEYIDX
  }
  const header = payload[descriptorBytes];
  return header !== undefined && (header & 0x01) === 0;
}
