import { PeerConnection, type Track } from 'node-datachannel';
import { KeyframeWatch } from './keyframe.ts';

/** mediasoup probes for bandwidth with packets of this payload type, where bandwidth is estimated: they carry no media. */
const probation = 127;

/** The receiving end of a WebRTC connection without a screen: real ICE, DTLS and SRTP, whoever made the offer. */
export class HeadlessPeer {
  /** RTP packets received, and when the last one was, by performance.now(). */
  packets = 0;
  lastPacketAt = 0;
  /** The longest time between two packets so far; may be set back to 0. */
  longestGapMs = 0;
  /** H.264 keyframes that came whole: what it takes to show anything. */
  keyframes = 0;
  soundPackets = 0;
  #peer: PeerConnection | undefined;
  readonly #tracks: Track[] = [];
  #awaiting: (() => void)[] = [];

  /**
   * Makes a peer connection for this offer and returns its answer, without sending it. It names no candidates unless asked to: a server
   * that is reached at the address of its offer finds ours by itself.
   */
  answerTo(offer: string, { candidates = false } = {}): Promise<string> {
    this.#peer?.close();
    const peer = new PeerConnection('viewer', { iceServers: [] });
    this.#peer = peer;
    peer.onTrack((track) => {
      this.#tracks.push(track); // one that is not referred to is collected, and its packets with it
      const isVideo = track.type() === 'video';
      const keyframes = isVideo ? new KeyframeWatch() : undefined;
      track.onMessage((packet) => this.#received(packet, keyframes));
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

  close(): void {
    this.#peer?.close();
  }

  #received(packet: Buffer, keyframes: KeyframeWatch | undefined): void {
    const payloadType = (packet[1] ?? 0) & 0x7f;
    if ((payloadType >= 64 && payloadType <= 95) || payloadType === probation) return; // RTCP (RFC 5761 section 4)
    const now = performance.now();
    if (this.packets > 0) this.longestGapMs = Math.max(this.longestGapMs, now - this.lastPacketAt);
    this.packets += 1;
    this.lastPacketAt = now;
    if (!keyframes) this.soundPackets += 1;
    else if (keyframes.received(packet)) {
      this.keyframes += 1;
      for (const seen of this.#awaiting.splice(0)) seen();
    }
  }
}
