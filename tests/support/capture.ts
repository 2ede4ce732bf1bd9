import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dyingWithUs } from '../../apps/sfu/src/cameras/ffmpeg.ts';
import { until } from './until.ts';

/** Nobody listens there (RFC 863). */
const discardPort = 9;

/** A packet on the wire: when (milliseconds since the epoch, kernel clock), its ports, as much of its payload as was kept. */
export type CapturedPacket = { at: number; protocol: 'udp' | 'tcp'; from: number; to: number; payload: Buffer; isOrder: boolean };

/** Whether packets can be captured here: it takes tcpdump, and root or the right to use it. */
export function canCapture(): boolean {
  try {
    execFileSync('tcpdump', ['--version'], { stdio: 'ignore' });
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

/** Each of some ports, or all from one to another. */
export type Ports = number[] | { from: number; to: number };

type Orders = { ordersFrom?: number | undefined; ordersTo?: number | undefined };
export type CaptureOptions = Orders & { device?: string; towards?: string; bothWays?: boolean; whole?: boolean };

/**
 * A packet capture: what really left, whatever the programs believe. It sends a packet of its own at the start and at the end, and
 * waits until it has captured it: what was sent in between was seen.
 */
export class Capture {
  readonly #tcpdump: ChildProcess;
  readonly #folder: string;
  readonly #mark: Socket;
  readonly #towards: string;
  readonly #orders: Orders;
  #words = '';
  #packets: Promise<CapturedPacket[]> | undefined;

  private constructor(tcpdump: ChildProcess, folder: string, mark: Socket, towards: string, orders: Orders) {
    this.#tcpdump = tcpdump;
    this.#folder = folder;
    this.#mark = mark;
    this.#towards = towards;
    this.#orders = orders;
    tcpdump.stderr?.on('data', (chunk) => (this.#words += chunk));
  }

  /**
   * Captures what comes from these ports, by UDP and TCP, until `stop`.
   * @param options on which interface, if not loopback, and an address beyond it; whether packets to these ports count, too; whether they are kept whole; and
   * the port from which, or to which, orders come by TCP, should they be captured as well.
   */
  static async start(
    ports: Ports,
    { device = 'lo', towards = '127.0.0.1', bothWays = false, whole = false, ordersFrom, ordersTo }: CaptureOptions = {},
  ): Promise<Capture> {
    const folder = mkdtempSync(join(tmpdir(), 'peekaboo-capture-'));
    const direction = bothWays ? '' : 'src ';
    const media = Array.isArray(ports)
      ? ports.map((port) => `${direction}port ${port}`)
      : [`udp ${direction}portrange ${ports.from}-${ports.to}`];
    const mark = createSocket('udp4').bind(0);
    await once(mark, 'listening');
    const filter = [
      `udp src port ${mark.address().port}`,
      ...media,
      ...(ordersFrom === undefined ? [] : [`tcp src port ${ordersFrom}`]),
      ...(ordersTo === undefined ? [] : [`tcp dst port ${ordersTo}`]),
    ].join(' or ');
    const length = whole ? '65535' : ordersFrom === undefined && ordersTo === undefined ? '128' : '256';
    const args = [
      '-i',
      device,
      '-n',
      '-U',
      '--immediate-mode',
      '-s',
      length,
      '-B',
      '16384',
      '-Z',
      'root',
      '-w',
      join(folder, 'packets.pcap'),
      filter,
    ];
    // It ends with this process, however that ends.
    const tcpdump = spawn(...dyingWithUs('tcpdump', args), { stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      tcpdump.stderr?.on('data', (chunk) => String(chunk).includes('listening on') && resolve());
      tcpdump.once('exit', (code) => reject(new Error(`tcpdump ended with code ${code}`)));
    });
    const capture = new Capture(tcpdump, folder, mark, towards, { ordersFrom, ordersTo });
    await capture.#seesItsMark();
    return capture;
  }

  /** May be called twice. @throws when the kernel had to leave packets out: silence would prove nothing then. */
  stop(): Promise<CapturedPacket[]> {
    this.#packets ??= this.#stop();
    return this.#packets;
  }

  /** Whatever was sent before this call has been captured once it resolves. */
  async #seesItsMark(): Promise<void> {
    const mark = randomBytes(16); // short enough to be kept whole
    const from = statSync(this.#file).size;
    await until('the capture sees its own mark', () => {
      this.#mark.send(mark, discardPort, this.#towards);
      return readFrom(this.#file, from).includes(mark);
    });
  }

  get #file(): string {
    return join(this.#folder, 'packets.pcap');
  }

  async #stop(): Promise<CapturedPacket[]> {
    await this.#seesItsMark();
    const { port } = this.#mark.address();
    this.#mark.close();
    const gone = once(this.#tcpdump, 'close');
    this.#tcpdump.kill('SIGINT');
    await gone;
    if (!/^0 packets dropped by kernel/m.test(this.#words)) throw new Error(`the capture is not complete:\n${this.#words}`);
    const packets = parsePcap(readFileSync(this.#file), this.#orders);
    rmSync(this.#folder, { recursive: true });
    return packets.filter(({ from }) => from !== port);
  }
}

/** What a file holds from this offset on. */
function readFrom(path: string, offset: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const rest = Buffer.alloc(Math.max(0, fstatSync(file).size - offset));
    readSync(file, rest, 0, rest.length, offset);
    return rest;
  } finally {
    closeSync(file);
  }
}

/**
 * Media (RTP in SRTP) has version 2, so its first byte is 128 to 191; STUN and DTLS lie below (RFC 7983). RTCP counts as media here, and
 * everything that is sent over TCP, whose segments begin anywhere in a packet.
 */
export function isMedia({ protocol, payload, isOrder }: CapturedPacket): boolean {
  const [firstByte = 0] = payload;
  return protocol === 'tcp' ? payload.length > 0 && !isOrder : firstByte >= 128 && firstByte <= 191;
}

/** Reports about media, which show nothing (RFC 5761 section 4): their second byte is outside that of any payload type. */
export function isRtcp({ protocol, payload: [, secondByte = 0] }: CapturedPacket): boolean {
  return protocol === 'udp' && secondByte >= 192 && secondByte <= 223;
}

/**
 * The worker gives the kernel several RTP packets of one length at once, the last perhaps shorter, and a capture on loopback sees them before they are taken apart
 * (udp(7), UDP_SEGMENT). Here they are, one by one, if they were kept whole: of one stream, their numbers in a row (RFC 3550, section 5.1).
 */
function datagramsOf(payload: Buffer): Buffer[] {
  if (payload.length < 24 || (payload.readUInt8(0) & 0xc0) !== 0x80) return [payload];
  const [sequence, ssrc] = [payload.readUInt16BE(2), payload.readUInt32BE(8)];
  const continues = (at: number, count: number) =>
    (payload.readUInt8(at) & 0xc0) === 0x80 &&
    payload.readUInt16BE(at + 2) === ((sequence + count) & 0xffff) &&
    payload.readUInt32BE(at + 8) === ssrc;
  for (let length = 12; length + 12 <= payload.length; length += 1) {
    const starts = Array.from({ length: Math.ceil(payload.length / length) }, (_, count) => count * length);
    if (starts.every((at, count) => at + 12 <= payload.length && continues(at, count)))
      return starts.map((at) => payload.subarray(at, at + length));
  }
  return [payload];
}

/** Reads a classic pcap file of Ethernet frames (loopback has an Ethernet header) with IPv4 and UDP or TCP inside. */
function parsePcap(file: Buffer, { ordersFrom, ordersTo }: Orders): CapturedPacket[] {
  const nanoseconds = file.readUInt32LE(0) === 0xa1b23c4d;
  const packets: CapturedPacket[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const fraction = file.readUInt32LE(at + 4) / (nanoseconds ? 1e6 : 1e3);
    const seconds = file.readUInt32LE(at);
    const length = file.readUInt32LE(at + 8);
    const frame = file.subarray(at + 16, at + 16 + length);
    at += 16 + length;
    if (frame.length < 14 + 20 + 9 || frame.readUInt16BE(12) !== 0x0800) continue;
    const ip = frame.subarray(14);
    const protocol = ip[9] === 6 ? 'tcp' : 'udp';
    const segment = ip.subarray(((ip[0] ?? 0) & 0x0f) * 4);
    const payload = segment.subarray(protocol === 'udp' ? 8 : ((segment[12] ?? 0) >> 4) * 4);
    const [from, to] = [segment.readUInt16BE(0), segment.readUInt16BE(2)];
    const isOrder = protocol === 'tcp' && (from === ordersFrom || to === ordersTo);
    for (const each of protocol === 'udp' ? datagramsOf(payload) : [payload])
      packets.push({ at: seconds * 1_000 + fraction, protocol, from, to, payload: each, isOrder });
  }
  return packets;
}
