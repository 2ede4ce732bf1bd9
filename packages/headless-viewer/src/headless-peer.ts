import { PeerConnection, type Track } from 'node-datachannel';
import { KeyframeWatch, videoCodecsOf } from './keyframe.ts';
import { SequenceWatch } from './sequence.ts';

/** mediasoup probes for bandwidth with packets of this payload type, where bandwidth is estimated: they carry no media. */
const probation = 127;

/** One that is not referred to is collected, and its packets with it. `keyframes` of video only. */
type Stream = {
  readonly track: Track;
  readonly keyframes: KeyframeWatch | undefined;
  readonly sequence: SequenceWatch;
  lastPacketAt: number | undefined;
};

/** The receiving end of a WebRTC connection without a screen: real ICE, DTLS and SRTP, whoever made the offer. */
export class HeadlessPeer {
  /** RTP packets received, their bytes once decrypted, and when the last one was, by performance.now(). */
  packets = 0;
  bytes = 0;
  lastPacketAt = 0;
  /** The longest time between two packets of one stream so far; may be set back to 0. */
  longestGapMs = 0;
  /** Is told of each packet how long its stream was silent before it: from when until when, by performance.now(). */
  onGap: ((from: number, to: number) => void) | undefined;
  /** Keyframes that came whole: what it takes to show anything. */
  keyframes = 0;
  soundPackets = 0;
  #peer: PeerConnection | undefined;
  #streams: Stream[] = [];
  #awaiting: (() => void)[] = [];

  /**
   * Makes a peer connection for this offer and returns its answer, without sending it. It names no candidates unless asked to: a server
   * that is reached at the address of its offer finds ours by itself.
   */
  answerTo(offer: string, { candidates = false } = {}): Promise<string> {
    this.#peer?.close();
    const peer = new PeerConnection('viewer', { iceServers: [] });
    this.#peer = peer;
    this.#streams = [];
    peer.onTrack((track) => {
      const keyframes = track.type() === 'video' ? new KeyframeWatch(videoCodecsOf(offer)) : undefined;
      const stream: Stream = { track, keyframes, sequence: new SequenceWatch(), lastPacketAt: undefined };
      this.#streams.push(stream);
      track.onMessage((packet) => this.#received(packet, stream));
    });
    return new Promise((resolve) => {
      if (candidates) peer.onGatheringStateChange((state) => state === 'complete' && resolve(peer.localDescription()?.sdp ?? ''));
      else peer.onLocalDescription((sdp) => resolve(sdp));
      peer.setRemoteDescription(offer, 'offer' as never);
    });
  }

  /** Waits for a picture: a keyframe that came after this call. */
  picture(withinMs = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const seen = () => {
        clearTimeout(overdue);
        resolve();
      };
      const overdue = setTimeout(() => {
        this.#awaiting = this.#awaiting.filter((each) => each !== seen);
        reject(new Error(`no keyframe within ${withinMs} ms`));
      }, withinMs);
      this.#awaiting.push(seen);
    });
  }

  /** When the last packet of each stream that has begun came, by performance.now(). */
  get lastPacketsAt(): number[] {
    return this.#streams.flatMap(({ lastPacketAt }) => lastPacketAt ?? []);
  }

  /** Packets of its streams that did not come, by their sequence numbers. One that was sent again counts. */
  get lostPackets(): number {
    return this.#streams.reduce((sum, { sequence }) => sum + sequence.lost, 0);
  }

  close(): void {
    this.#peer?.close();
  }

  #received(packet: Buffer, stream: Stream): void {
    const payloadType = (packet[1] ?? 0) & 0x7f;
    if ((payloadType >= 64 && payloadType <= 95) || payloadType === probation) return; // RTCP (RFC 5761 section 4)
    const now = performance.now();
    if (stream.lastPacketAt !== undefined) {
      this.longestGapMs = Math.max(this.longestGapMs, now - stream.lastPacketAt);
      this.onGap?.(stream.lastPacketAt, now);
    }
    stream.lastPacketAt = now;
    stream.sequence.received(packet);
    this.packets += 1;
    this.bytes += packet.length;
    this.lastPacketAt = now;
    if (!stream.keyframes) this.soundPackets += 1;
    else if (stream.keyframes.received(packet)) {
      this.keyframes += 1;
      for (const seen of this.#awaiting.splice(0)) seen();
    }
  }
}
