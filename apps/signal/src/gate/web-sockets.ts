import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws';

/** A browser sends a message in one piece; this leaves room, and none for a million pieces of a byte. */
const maxFragments = 64;
const maxBufferedChunks = 4_096;
const counted: ReadonlySet<unknown> = new Set(['message', 'ping', 'pong']);

/**
 * The WebSocket server below Socket.IO, with a bound on each connection: one that sends more messages than its share is not read
 * any further until their time has passed. What it goes on sending then waits on its own machine, not here.
 */
export function boundedWebSockets(messagesPerSecond: number): {
  Engine: typeof WebSocketServer;
  /** How to take the bound off a connection, by the request that opened it. */
  unbinding(request: IncomingMessage): (() => void) | undefined;
} {
  const clients = new WeakMap<IncomingMessage, BoundedWebSocket>();

  /** A leaky bucket that holds a second's worth: as much as overflows is waited for. */
  class BoundedWebSocket extends WebSocket {
    // Fields, not closures over variables: there is one of these for every family.
    #level = 0;
    #at = performance.now();
    #timer: NodeJS.Timeout | undefined;
    #state: 'bound' | 'pausing' | 'unbound' = 'bound';

    override emit(name: string | symbol, ...args: unknown[]): boolean {
      if (counted.has(name)) this.#count();
      else if (name === 'close') this.unbind();
      return super.emit(name, ...args);
    }

    unbind(): void {
      clearTimeout(this.#timer);
      if (this.#state === 'pausing') this.#resume();
      this.#state = 'unbound';
    }

    #count(): void {
      const now = performance.now();
      this.#level = Math.max(0, this.#level - ((now - this.#at) * messagesPerSecond) / 1_000) + 1;
      this.#at = now;
      if (this.#level <= messagesPerSecond || this.#state !== 'bound') return;
      this.#state = 'pausing';
      this.pause();
      // What was read already still comes, all at once, and is to be waited for as well.
      setImmediate(() => {
        if (this.#state === 'pausing') this.#timer = setTimeout(() => this.#resume(), (this.#level * 1_000) / messagesPerSecond);
      });
    }

    #resume(): void {
      this.#state = 'bound';
      if (this.readyState === this.OPEN) this.resume();
    }
  }

  class Engine extends WebSocketServer<typeof BoundedWebSocket> {
    constructor(options: ServerOptions) {
      super({ ...options, WebSocket: BoundedWebSocket, maxFragments, maxBufferedChunks } as ServerOptions<typeof BoundedWebSocket>); // @types/ws lacks the last two
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      callback: (client: BoundedWebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (client, ofRequest) => {
        clients.set(request, client);
        callback(client, ofRequest);
      });
    }
  }
  return {
    Engine: Engine as unknown as typeof WebSocketServer,
    unbinding(request) {
      const client = clients.get(request);
      return client && (() => client.unbind());
    },
  };
}
