import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A line over TCP that somebody else carries: it can get stuck in one direction, and can turn into a black hole that nobody notices. */
export class TcpRelay {
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #fromTarget = new Set<Socket>();
  #target = 0;
  #stalls = false;
  #swallows = false;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (near) => {
      const far = connect(this.#target, '127.0.0.1');
      this.#fromTarget.add(far);
      this.#carry(near, far);
      this.#carry(far, near);
      if (this.#stalls) far.pause();
    });
  }

  /** @param target the port on loopback to which it leads, if that is known already. */
  static async start(target = 0): Promise<TcpRelay> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const relay = new TcpRelay(server);
    relay.#target = target;
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Returns the address to dial instead of this one. */
  before(url: string): string {
    this.#target = Number(new URL(url).port);
    return `http://127.0.0.1:${this.port}`;
  }

  /** What comes from the target is not read from now on: it fills the buffers on the way, and then waits at its sender. */
  stall(): void {
    this.#stalls = true;
    for (const from of this.#fromTarget) from.pause();
  }

  /** The line is as fast again as it was. */
  flow(): void {
    this.#stalls = false;
    for (const from of this.#fromTarget) from.resume();
  }

  /** From now on nothing gets through, either way, and nothing is closed. */
  swallow(): void {
    this.#swallows = true;
  }

  close(): void {
    for (const socket of this.#open) socket.destroy();
    this.#server.close();
  }

  #carry(from: Socket, to: Socket): void {
    this.#open.add(from);
    from.on('error', () => undefined); // its closing tells
    from.on('close', () => {
      this.#open.delete(from);
      this.#fromTarget.delete(from);
      to.destroy();
    });
    from.on('data', (data) => {
      if (!this.#swallows) to.write(data);
    });
  }
}
