import { ask } from '@peekaboo/shared/ask';
import { type Credentials, fingerprintOf, makeAnswerProof, makeProof } from '@peekaboo/shared/proof';
import { onTells } from '@peekaboo/shared/tell';
import { type CloseReason, guardianAsks, guardianTells, namespaces, type RoomsSnapshot } from '@peekaboo/shared/wire';
import { PeerConnection, type Track } from 'node-datachannel';
import type { Socket } from 'socket.io-client';
import { KeyframeWatch } from './keyframe.ts';
import { connected, connectSocket } from './socket.ts';

const askTimeoutMs = 8_000;

/** A guardian's browser without a screen: the real protocol, real ICE, DTLS and SRTP. */
export class HeadlessViewer {
  readonly socket: Socket;
  readonly #url: string;
  credentials: Credentials;
  rooms: RoomsSnapshot | undefined;
  readonly closed: { view: string; reason: CloseReason }[] = [];
  /** RTP packets received, and when the last one was, by performance.now(). */
  packets = 0;
  lastPacketAt = 0;
  /** The longest time between two packets so far; may be set back to 0. */
  longestGapMs = 0;
  /** H.264 keyframes that came whole: what it takes to show anything. */
  keyframes = 0;
  soundPackets = 0;
  view: string | undefined;
  /** When signal says that the view ends, in milliseconds since the Unix epoch. */
  validUntil: number | undefined;
  offer = '';
  #peer: PeerConnection | undefined;
  readonly #tracks: Track[] = [];
  #awaiting: (() => void)[] = [];

  private constructor(url: string, socket: Socket, credentials: Credentials) {
    this.#url = url;
    this.socket = socket;
    this.credentials = credentials;
    onTells(
      socket,
      guardianTells,
      {
        rooms: (rooms) => {
          this.rooms = rooms;
        },
        'view.limit': ({ view, validUntil }) => {
          if (view === this.view) this.validUntil = validUntil;
        },
        'view.closed': (closed) => this.closed.push(closed),
      },
      (error) => {
        throw error;
      },
    );
  }

  /** Connects; rejects with the server's refusal (its `data` is the WireError). */
  static async connect(url: string, credentials: Credentials): Promise<HeadlessViewer> {
    const socket = connectSocket(url, 'guardian', credentials);
    const viewer = new HeadlessViewer(url, socket, credentials);
    await connected(socket);
    return viewer;
  }

  /** Asks for the next pass, as a page does long before this one runs out. */
  async renew(): Promise<void> {
    const { pass, key } = this.credentials;
    const proof = await makeProof(key, { method: 'POST', url: `${this.#url}${namespaces.guardian}`, pass, now: Date.now() });
    this.credentials = { key, pass: (await ask(this.socket, guardianAsks, 'renew', { proof }, askTimeoutMs)).pass };
  }

  stateOf(room: string): string | undefined {
    return this.rooms?.rooms.find(({ id }) => id === room)?.state.state;
  }

  /** Asks for a room and answers its offer. Resolves when the answer was accepted; media follows. */
  async watch(room: string): Promise<void> {
    const reply = await ask(this.socket, guardianAsks, 'watch', { room }, askTimeoutMs);
    this.view = reply.view;
    this.validUntil = reply.validUntil;
    this.offer = reply.offer;
    const answer = await this.signed(reply.view, await this.answerTo(reply.offer));
    await ask(this.socket, guardianAsks, 'answer', answer, askTimeoutMs);
  }

  /** An answer to this view, with the proof that this viewer made it. */
  async signed(view: string, sdp: string): Promise<{ view: string; sdp: string; proof: string }> {
    const { pass, key } = this.credentials;
    return { view, sdp, proof: await makeAnswerProof(key, { view, fingerprint: fingerprintOf(sdp) ?? '', pass, now: Date.now() }) };
  }

  /** Makes a peer connection for this offer and returns its answer, without sending it. */
  answerTo(offer: string): Promise<string> {
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
      peer.onLocalDescription((sdp) => resolve(sdp));
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
    this.socket.disconnect();
    this.#peer?.close();
  }

  #received(packet: Buffer, keyframes: KeyframeWatch | undefined): void {
    const payloadType = (packet[1] ?? 0) & 0x7f;
    if (payloadType >= 64 && payloadType <= 95) return; // RTCP (RFC 5761 section 4)
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
