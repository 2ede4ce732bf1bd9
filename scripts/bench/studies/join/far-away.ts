import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { DelayLine } from './delay-line.ts';

/** A part of signalling's connection, or a datagram by its first byte (RFC 7983). */
export type Kind = 'signalling' | 'stun' | 'dtls' | 'media' | 'other';

/** Something that the near end, the viewer's, sent or got, by performance.now(). */
export type Seen = { at: number; kind: Kind; towards: 'server' | 'viewer' };

/** Loopback addresses are many (RFC 1122 section 3.2.1.3): the server is at the first, and seems to be at the second. */
export const serverAddress = '127.0.0.1';
export const proxyAddress = '127.0.0.2';

/** A server of this machine as it is seen from afar: the same ports at another address, behind so many milliseconds each way, TCP and UDP alike. */
export class FarAway {
  readonly #delayMs: number;
  readonly #closers: (() => void)[] = [];
  onSeen: (seen: Seen) => void = () => undefined;

  private constructor(delayMs: number) {
    this.#delayMs = delayMs;
  }

  static async start(delayMs: number, ports: { tcp: number; udp: number[] }): Promise<FarAway> {
    const far = new FarAway(delayMs);
    await Promise.all([far.#carryTcp(ports.tcp), ...ports.udp.map((port) => far.#carryUdp(port))]);
    return far;
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  async #carryTcp(port: number): Promise<void> {
    const open = new Set<Socket>();
    const server: Server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port, host: serverAddress, noDelay: true });
      const carry = (from: Socket, to: Socket, onSent: () => void, onArrived: () => void) => {
        const line = new DelayLine(this.#delayMs);
        open.add(from);
        from.on('error', () => undefined); // its closing tells
        from.on('data', (data) => {
          onSent();
          line.send(() => {
            onArrived();
            to.write(data);
          });
        });
        from.on('close', () => {
          open.delete(from);
          line.send(() => to.destroy());
        });
      };
      const nothing = () => undefined;
      carry(near, far, () => this.#note('signalling', 'server'), nothing);
      carry(far, near, nothing, () => this.#note('signalling', 'viewer'));
    });
    server.listen(port, proxyAddress);
    await once(server, 'listening');
    this.#closers.push(() => {
      server.close();
      for (const socket of open) socket.destroy();
    });
  }

  async #carryUdp(port: number): Promise<void> {
    const near = createSocket('udp4').bind(port, proxyAddress);
    await once(near, 'listening');
    const upward = new DelayLine(this.#delayMs);
    /** One for each viewer, so that the server can tell them apart. */
    const viewers = new Map<number, UdpSocket>();
    near.on('message', (datagram, { port: viewer, address }) => {
      this.#note(kindOf(datagram), 'server');
      const known = viewers.get(viewer);
      const far = known ?? createSocket('udp4');
      viewers.set(viewer, far);
      if (!known) {
        const downward = new DelayLine(this.#delayMs);
        far.on('message', (answer) =>
          downward.send(() => {
            this.#note(kindOf(answer), 'viewer');
            near.send(answer, viewer, address);
          }),
        );
      }
      upward.send(() => far.send(datagram, port, serverAddress));
    });
    this.#closers.push(() => {
      near.close();
      for (const far of viewers.values()) far.close();
    });
  }

  #note(kind: Kind, towards: Seen['towards']): void {
    this.onSeen({ at: performance.now(), kind, towards });
  }
}

function kindOf([first = 0]: Buffer): Kind {
  if (first < 4) return 'stun';
  if (first >= 20 && first < 64) return 'dtls';
  return first >= 128 && first < 192 ? 'media' : 'other';
}
