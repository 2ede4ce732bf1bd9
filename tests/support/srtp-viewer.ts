import { X509Certificate } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { DtlsClient } from './dtls.ts';
import { Srtcp } from './srtcp.ts';
import { check } from './stun.ts';
import { until } from './until.ts';

const local = '127.0.0.1';
const ownUfrag = 'hostile1';
/** A sender's SSRC that is nobody's. */
const ownSsrc = 0x0badcafe;

/** The SSRC of the video, its newest sequence number, and how many packets came on the stream for retransmissions (RFC 4588). */
type Received = { video: number; newest: number; resent: number };

/** A viewer that is let in, and does with its keys what no browser does. Whoever knows them can make packets that the worker decrypts. */
export class SrtpViewer {
  readonly #socket: Socket;
  readonly #port: number;
  readonly #dtls: DtlsClient;
  readonly #checks: NodeJS.Timeout;
  readonly #srtcp: Srtcp;
  readonly #received: Received;

  private constructor(port: number, parts: { socket: Socket; dtls: DtlsClient; checks: NodeJS.Timeout; srtcp: Srtcp; received: Received }) {
    this.#port = port;
    this.#socket = parts.socket;
    this.#dtls = parts.dtls;
    this.#checks = parts.checks;
    this.#srtcp = parts.srtcp;
    this.#received = parts.received;
  }

  /** Watches a room as this guardian, with a certificate of its own. Resolves when media comes. */
  static async watch(guardian: HeadlessViewer, room: string, files: { certificate: string; key: string }): Promise<SrtpViewer> {
    const { value } = await guardian.socket.timeout(5_000).emitWithAck('watch', { room });
    const offer: string = value.offer;
    const of = (name: RegExp) => name.exec(offer)?.[1] ?? '';
    const port = Number(of(/ udp \d+ 127\.0\.0\.1 (\d+)/));
    const [ufrag, password] = [of(/^a=ice-ufrag:(\S+)/m), of(/^a=ice-pwd:(\S+)/m)];
    const received: Received = { video: Number(of(/^a=ssrc-group:FID (\d+)/m)), newest: -1, resent: 0 };
    const resendsOn = Number(of(/^a=ssrc-group:FID \d+ (\d+)/m));

    const socket = createSocket('udp4').bind(0, local);
    await once(socket, 'listening');
    const dtls = await DtlsClient.start(files, (datagram) => socket.send(datagram, port, local));
    socket.on('message', (packet) => {
      const [first = 0, second = 0] = packet;
      if (first >= 20 && first <= 63) dtls.receive(packet);
      if (first < 128 || first > 191 || (second >= 192 && second <= 223)) return;
      const ssrc = packet.readUInt32BE(8);
      if (ssrc === received.video) received.newest = packet.readUInt16BE(2);
      if (ssrc === resendsOn) received.resent += 1;
    });
    const fingerprint = new X509Certificate(readFileSync(files.certificate)).fingerprint256;
    await guardian.socket.timeout(5_000).emitWithAck('answer', await guardian.signed(value.view, answerTo(offer, fingerprint)));
    const prove = () => socket.send(check(`${ufrag}:${ownUfrag}`, password), port, local);
    prove();
    const checks = setInterval(prove, 2_000);
    const srtcp = new Srtcp(await dtls.exported());
    await until('media comes', () => received.newest >= 0);
    return new SrtpViewer(port, { socket, dtls, checks, srtcp, received });
  }

  /** How many packets were sent to it once more. */
  get resent(): number {
    return this.#received.resent;
  }

  /** As its own client would send it: encrypted and authenticated; good once. */
  protect(rtcp: Buffer): Buffer {
    return this.#srtcp.protect(rtcp);
  }

  /** Asks for the newest video packet once more (RFC 4585 section 6.2.1). */
  nack(): Buffer {
    const rtcp = Buffer.alloc(16);
    rtcp.writeUInt32BE(0x81cd0003, 0);
    rtcp.writeUInt32BE(ownSsrc, 4);
    rtcp.writeUInt32BE(this.#received.video, 8);
    rtcp.writeUInt16BE(this.#received.newest, 12);
    return this.protect(rtcp);
  }

  async send(datagrams: Buffer[]): Promise<void> {
    for (const [index, datagram] of datagrams.entries()) {
      this.#socket.send(datagram, this.#port, local);
      if (index % 200 === 199) await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  close(): void {
    clearInterval(this.#checks);
    this.#dtls.close();
    this.#socket.close();
  }
}

/** Accepts everything, as this certificate's owner. */
function answerTo(offer: string, fingerprint: string): string {
  return offer
    .split('\r\n')
    .filter((line) => !/^a=(candidate|end-of-candidates|ice-lite|ssrc|ssrc-group|msid)\b/.test(line))
    .map((line) =>
      line
        .replace('a=sendonly', 'a=recvonly')
        .replace('a=setup:actpass', 'a=setup:active')
        .replace(/^a=fingerprint:.*/, `a=fingerprint:sha-256 ${fingerprint}`)
        .replace(/^a=ice-ufrag:.*/, `a=ice-ufrag:${ownUfrag}`)
        .replace(/^a=ice-pwd:.*/, 'a=ice-pwd:0123456789abcdef0123456789abcdef'),
    )
    .join('\r\n');
}
