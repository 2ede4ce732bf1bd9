import { ask } from '@peekaboo/shared/ask';
import { onTells } from '@peekaboo/shared/tell';
import { type CloseReason, guardianAsks, guardianTells, namespaces, type RoomsSnapshot } from '@peekaboo/shared/wire';
import { PeerConnection, type Track } from 'node-datachannel';
import { io, type Socket } from 'socket.io-client';
import { until } from './until.ts';

const askTimeoutMs = 8_000;

/** A guardian's browser without a screen: the real protocol, real ICE, DTLS and SRTP. */
export class HeadlessViewer {
  readonly socket: Socket;
  rooms: RoomsSnapshot | undefined;
  readonly closed: { view: string; reason: CloseReason }[] = [];
  /** RTP packets received, and when the last one was, by performance.now(). */
  packets = 0;
  lastPacketAt = 0;
  /** H.264 keyframes of which a complete slice has begun to arrive, as they are needed to show anything. */
  keyframes = 0;
  soundPackets = 0;
  view: string | undefined;
  offer = '';
  #peer: PeerConnection | undefined;
  readonly #tracks: Track[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    onTells(
      socket,
      guardianTells,
      {
        rooms: (rooms) => {
          this.rooms = rooms;
        },
        'view.closed': (closed) => this.closed.push(closed),
      },
      (error) => {
        throw error;
      },
    );
  }

  /** Connects; rejects with the server's refusal (its `data` is the WireError). */
  static async connect(url: string, pass: string): Promise<HeadlessViewer> {
    const socket = connectSocket(url, 'guardian', pass);
    const viewer = new HeadlessViewer(socket);
    await connected(socket);
    return viewer;
  }

  stateOf(room: string): string | undefined {
    return this.rooms?.rooms.find(({ id }) => id === room)?.state.state;
  }

  /** Asks for a room and answers its offer. Resolves when the answer was accepted; media follows. */
  async watch(room: string): Promise<void> {
    const reply = await ask(this.socket, guardianAsks, 'watch', { room }, askTimeoutMs);
    this.view = reply.view;
    this.offer = reply.offer;
    await ask(this.socket, guardianAsks, 'answer', { view: reply.view, sdp: await this.answerTo(reply.offer) }, askTimeoutMs);
  }

  /** Makes a peer connection for this offer and returns its answer, without sending it. */
  answerTo(offer: string): Promise<string> {
    this.#peer?.close();
    const peer = new PeerConnection('viewer', { iceServers: [] });
    this.#peer = peer;
    peer.onTrack((track) => {
      this.#tracks.push(track); // one that is not referred to is collected, and its packets with it
      const isVideo = track.type() === 'video';
      track.onMessage((packet) => this.#received(packet, isVideo));
    });
    return new Promise((resolve) => {
      peer.onLocalDescription((sdp) => resolve(sdp));
      peer.setRemoteDescription(offer, 'offer' as never);
    });
  }

  /** Waits for a picture: a keyframe that came after this call. */
  async picture(withinMs = 10_000): Promise<void> {
    const before = this.keyframes;
    await until('a keyframe arrives', () => this.keyframes > before, withinMs);
  }

  close(): void {
    this.socket.disconnect();
    this.#peer?.close();
  }

  #received(packet: Buffer, isVideo: boolean): void {
    const payloadType = (packet[1] ?? 0) & 0x7f;
    if (payloadType >= 64 && payloadType <= 95) return; // RTCP (RFC 5761 section 4)
    this.packets += 1;
    this.lastPacketAt = performance.now();
    if (!isVideo) this.soundPackets += 1;
    else if (startsKeyframe(packet)) this.keyframes += 1;
  }
}

/** A raw socket on one of the namespaces, for asking what a page would never ask. */
export function connectSocket(url: string, namespace: keyof typeof namespaces, pass: unknown, extraHeaders = {}): Socket {
  return io(`${url}${namespaces[namespace]}`, {
    transports: ['websocket'],
    auth: { pass },
    forceNew: true,
    reconnection: false,
    extraHeaders,
  });
}

export function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
    // A refusal closes the connection first and gives its reason in the same turn; without one, the closing is the reason.
    socket.io.once('close', (reason) => setImmediate(() => reject(new Error(`the connection was closed: ${reason}`))));
  });
}

/** Whether an RTP packet begins an IDR slice (RFC 6184: single NAL unit, STAP-A section 5.7.1, FU-A section 5.8). */
function startsKeyframe(packet: Buffer): boolean {
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
