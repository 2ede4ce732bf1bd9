import { once } from 'node:events';
import { WebSocket } from 'ws';

/** A connection to signal below Socket.IO, for sending what its client never would. Frames that came are in `received`. */
export class RawSocket {
  readonly socket: WebSocket;
  readonly received: string[] = [];

  /** @param from the local address to connect from: limits by address exempt 127.0.0.1, and no other loopback address. */
  constructor(url: string, from = '127.0.0.1', headers: Record<string, string> = {}) {
    const address = `${url.replace(/^http/, 'ws')}/socket.io/?EIO=4&transport=websocket`;
    this.socket = new WebSocket(address, { localAddress: from, headers, perMessageDeflate: false, rejectUnauthorized: false });
    this.socket.on('message', (data) => this.received.push(String(data)));
    this.socket.on('error', () => undefined); // its closing tells
  }

  /** Resolves with whether it was opened. */
  async opened(): Promise<boolean> {
    if (this.socket.readyState === WebSocket.CONNECTING)
      await Promise.race([once(this.socket, 'open'), once(this.socket, 'close')]).catch(() => undefined);
    return this.socket.readyState === WebSocket.OPEN;
  }

  get isOpen(): boolean {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /** Signs in on a namespace with what `makeHandshake` made. */
  signIn(namespace: string, auth: object): void {
    this.socket.send(`40${namespace},${JSON.stringify(auth)}`);
  }

  send(frame: string | Buffer): void {
    if (this.isOpen) this.socket.send(frame);
  }

  close(): void {
    this.socket.terminate();
  }
}
