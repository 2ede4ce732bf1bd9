import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type RawData, WebSocket, WebSocketServer } from 'ws';

/** How late a message may be, and how late its repetition. */
const lateMs = 150;
const repeatedWithinMs = 600;
const mostRemembered = 500;

/**
 * Stands between signal and the SFU and knows whole Socket.IO messages, which a broken network (TCP repairs it) does not. When
 * told to, it delivers each one late by a time of its own, so that they overtake each other, and then once more.
 */
export class MessageScrambler {
  readonly #server: WebSocketServer;
  readonly #open = new Set<WebSocket>();
  /** What signal has said so far, newest last, and to whom. */
  readonly #said: { to: WebSocket; message: string }[] = [];
  #signalUrl = '';
  #scrambling = false;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (sfu, { url, headers: { host } }) => {
      // The SFU's proof names the address that it dialled; signal is to see that one.
      this.#join(sfu, new WebSocket(`${this.#signalUrl.replace('http', 'ws')}${url}`, { headers: { host } }));
    });
  }

  static async start(): Promise<MessageScrambler> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new MessageScrambler(server);
  }

  /** Returns the address to dial instead of this one. */
  before(signalUrl: string): string {
    this.#signalUrl = signalUrl;
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on; and says everything once more that signal has ever said, in no order. */
  scramble(): void {
    this.#scrambling = true;
    for (const { to, message } of this.#said) deliver(to, message, Math.random() * repeatedWithinMs);
  }

  stopScrambling(): void {
    this.#scrambling = false;
  }

  close(): void {
    for (const socket of this.#open) socket.terminate();
    this.#server.close();
  }

  #join(sfu: WebSocket, signal: WebSocket): void {
    const connected = once(signal, 'open');
    connected.catch(() => sfu.terminate());
    for (const [from, to] of [
      [sfu, signal],
      [signal, sfu],
    ] as const) {
      this.#open.add(from);
      from.on('error', () => undefined); // its closing tells
      from.on('close', () => {
        this.#open.delete(from);
        to.terminate();
      });
      from.on('message', (data) => connected.then(() => this.#pass(data, to, to === sfu)));
    }
  }

  #pass(data: RawData, to: WebSocket, isFromSignal: boolean): void {
    const message = String(data);
    // Events and acknowledgements of Socket.IO begin with 42 and 43; the rest are handshakes and heartbeats.
    const isMessage = /^4[23]/.test(message);
    if (isMessage && isFromSignal) this.#said.push({ to, message });
    if (this.#said.length > mostRemembered) this.#said.shift();
    deliver(to, message, isMessage && this.#scrambling ? Math.random() * lateMs : 0);
    if (isMessage && this.#scrambling) deliver(to, message, Math.random() * repeatedWithinMs);
  }
}

function deliver(to: WebSocket, message: string, afterMs: number): void {
  const send = () => to.readyState === WebSocket.OPEN && to.send(message);
  if (afterMs === 0) send();
  else setTimeout(send, afterMs);
}
