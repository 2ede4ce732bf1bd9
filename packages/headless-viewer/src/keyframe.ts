/** Watches one stream of RTP packets (H.264, RFC 6184) for keyframes of which every packet came. */
export class KeyframeWatch {
  #timestamp = -1;
  #sequence = -1;
  /** Whether the picture of this timestamp came whole and in order so far. */
  #whole = false;
  #isKeyframe = false;

  /** Takes the next packet. Returns true when it is the last one of a whole keyframe. */
  received(packet: Buffer): boolean {
    const sequence = packet.readUInt16BE(2);
    const timestamp = packet.readUInt32BE(4);
    const isNext = this.#sequence < 0 || sequence === ((this.#sequence + 1) & 0xffff);
    if (timestamp !== this.#timestamp) {
      this.#timestamp = timestamp;
      this.#whole = isNext;
      this.#isKeyframe = false;
    } else if (!isNext) this.#whole = false;
    this.#sequence = sequence;
    this.#isKeyframe ||= isOfKeyframe(packet);
    const isLast = ((packet[1] ?? 0) & 0x80) !== 0; // the marker bit (RFC 6184 section 5.1)
    return isLast && this.#whole && this.#isKeyframe;
  }
}

/** Whether an RTP packet begins an IDR slice (RFC 6184: single NAL unit, STAP-A section 5.7.1, FU-A section 5.8). */
function isOfKeyframe(packet: Buffer): boolean {
  const first = packet[0] ?? 0;
  let headerBytes = 12 + 4 * (first & 0x0f);
  if (first & 0x10) headerBytes += 4 + 4 * packet.readUInt16BE(headerBytes + 2); // header extension (RFC 3550 section 5.3.1)
  const payload = packet.subarray(headerBytes);
  const type = (payload[0] ?? 0) & 0x1f;
  if (type === 5) return true;
  if (type === 28) return ((payload[1] ?? 0) & 0x9f) === 0x85;
  if (type !== 24) return false;
  for (let at = 1; at + 2 < payload.length; at += 2 + payload.readUInt16BE(at)) {
    if (((payload[at + 2] ?? 0) & 0x1f) === 5) return true;
  }
  return false;
}
