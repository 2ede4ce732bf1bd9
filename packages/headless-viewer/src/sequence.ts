/** Watches the sequence numbers of one RTP stream for packets that did not come (RFC 3550 section 5.1). */
export class SequenceWatch {
  /** Packets between the first and the last one that have not come so far. */
  lost = 0;
  #source: number | undefined;
  #highest = 0;
  /** From the first packet to the highest. */
  #span = 0;

  /** Takes the next packet. One of another source is none of this stream: a retransmission (RFC 4588 section 4). */
  received(packet: Buffer): void {
    const [sequence, source] = [packet.readUInt16BE(2), packet.readUInt32BE(8)];
    if (this.#source === undefined) {
      this.#source = source;
      this.#highest = sequence;
      return;
    }
    if (source !== this.#source) return;
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead === 0) return;
    if (ahead < 0x8000) {
      this.lost += ahead - 1;
      this.#highest = sequence;
      this.#span += ahead;
    } else if (0x10000 - ahead < this.#span) this.lost -= 1; // late: it was counted, unless it is from before the first
  }
}
