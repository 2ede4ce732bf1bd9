import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Socket } from 'socket.io-client';
import type { Exhibit } from './canaries.ts';

/** Keeps whatever signal answers and tells, as it came. */
export class Recorder {
  readonly exhibits: Exhibit[] = [];

  /** Fetches, and keeps status, headers and body. */
  async fetch(url: string, options: RequestInit = {}): Promise<void> {
    const reply = await fetch(url, options);
    const text = `${reply.status} ${JSON.stringify([...reply.headers])} ${await reply.text()}`;
    this.exhibits.push({ place: 'HTTP response', name: url, bytes: Buffer.from(text) });
  }

  /** Keeps every frame that comes by this socket, save those that hand its own pass to whoever asked for it. */
  listen(name: string, socket: Socket): void {
    const keep = (data: unknown) => this.exhibits.push({ place: 'socket message', name, bytes: Buffer.from(String(data)) });
    const { engine } = socket.io;
    if (engine) engine.on('data', keep);
    else socket.io.once('open', () => socket.io.engine.on('data', keep));
  }
}

/** Everything that crosses the loopback interface at signal's port and at the media ports. */
export class Tap {
  readonly #tcpdump: ChildProcess;
  readonly #file: string;

  private constructor(tcpdump: ChildProcess, file: string) {
    this.#tcpdump = tcpdump;
    this.#file = file;
  }

  static async start(folder: string, signalPort: string): Promise<Tap> {
    const file = join(folder, 'capture.pcap');
    const filter = `port ${signalPort} or udp portrange 40000-49100`;
    const tcpdump = spawn('tcpdump', ['-i', 'lo', '-n', '-U', '-B', '32768', '-Z', 'root', '-w', file, filter], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await new Promise<void>((resolve, reject) => {
      tcpdump.stderr?.on('data', (chunk) => String(chunk).includes('listening on') && resolve());
      tcpdump.once('exit', (code) => reject(new Error(`tcpdump ended with code ${code}`)));
    });
    return new Tap(tcpdump, file);
  }

  async stop(): Promise<Exhibit> {
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // the last packets are still on their way to it
    const gone = once(this.#tcpdump, 'exit');
    this.#tcpdump.kill('SIGINT');
    await gone;
    return { place: 'packet capture', name: this.#file, bytes: readFileSync(this.#file) };
  }
}
