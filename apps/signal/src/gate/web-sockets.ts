import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';

/** A browser sends a message in one piece; this leaves room, and none for a million pieces of a byte. */
const maxFragments = 64;
const maxBufferedChunks = 4_096;

/**
 * The WebSocket server below Socket.IO, with a bound on each connection: one that sends more messages than its share is not read
 * any further until their time has passed. What it goes on sending then waits on its own machine, not here.
 */
export function boundedWebSockets(messagesPerSecond: number): {
  Engine: typeof WebSocketServer;
  /** Takes the bound off a connection, by the request that opened it. */
  unbind(request: IncomingMessage): void;
} {
  const bounds = new WeakMap<IncomingMessage, () => void>();
  class Engine extends WebSocketServer {
    constructor(options: ServerOptions) {
      super({ ...options, maxFragments, maxBufferedChunks } as ServerOptions); // @types/ws lacks the two
    }

    override handleUpgrade(
      request: IncomingMessage,
      socket: Duplex,
      head: Buffer,
      callback: (client: WebSocket, request: IncomingMessage) => void,
    ): void {
      super.handleUpgrade(request, socket, head, (client, ofRequest) => {
        bounds.set(request, bind(client, messagesPerSecond));
        callback(client, ofRequest);
      });
    }
  }
  return { Engine: Engine as typeof WebSocketServer, unbind: (request) => bounds.get(request)?.() };
}

const counted = ['message', 'ping', 'pong'] as const;

/** A leaky bucket that holds a second's worth: as much as overflows is waited for. */
function bind(client: WebSocket, messagesPerSecond: number): () => void {
  let level = 0;
  let at = performance.now();
  let pausing = false;
  let timer: NodeJS.Timeout | undefined;

  const resume = () => {
    pausing = false;
    if (client.readyState === client.OPEN) client.resume();
  };
  const count = () => {
    const now = performance.now();
    level = Math.max(0, level - ((now - at) * messagesPerSecond) / 1_000) + 1;
    at = now;
    if (level <= messagesPerSecond || pausing) return;
    pausing = true;
    client.pause();
    // What was read already still comes, all at once, and is to be waited for as well.
    setImmediate(() => {
      timer = setTimeout(resume, (level * 1_000) / messagesPerSecond);
    });
  };
  const unbind = () => {
    for (const kind of counted) client.off(kind, count);
    clearTimeout(timer);
    if (pausing) resume();
  };
  for (const kind of counted) client.on(kind, count);
  client.once('close', unbind);
  return unbind;
}
