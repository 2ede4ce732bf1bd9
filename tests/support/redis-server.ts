import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'redis';
import { until } from './until.ts';

/** A real redis-server on a free port with a folder of its own, set to be durable; it can be killed, frozen and restarted. */
export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #settings: Record<string, string>;
  #child: ChildProcess | undefined;

  private constructor(port: number, settings: Record<string, string>) {
    this.port = port;
    this.#settings = settings;
    this.#folder = mkdtempSync(join(tmpdir(), 'peekaboo-redis-'));
  }

  static async start(settings: Record<string, string> = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), { appendonly: 'yes', appendfsync: 'always', ...settings });
    await server.restart();
    return server;
  }

  /** What it keeps on disk. */
  get folder(): string {
    return this.#data;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it, on the same port and with what is in its folder. Resolves when it answers. */
  async restart(): Promise<void> {
    mkdirSync(this.#data, { recursive: true });
    const settings = { port: String(this.port), bind: '127.0.0.1', dir: this.#data, save: '', ...this.#settings };
    const child = spawn(
      'redis-server',
      Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#child = child;
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    await until('redis-server answers', () => {
      if (child.exitCode !== null) throw new Error(`redis-server ended:\n${output}`);
      return output.includes('Ready to accept connections');
    });
  }

  async kill(): Promise<void> {
    const gone = once(this.#running, 'exit');
    this.#running.kill('SIGKILL');
    await gone;
    this.#child = undefined;
  }

  freeze(): void {
    this.#running.kill('SIGSTOP');
  }

  thaw(): void {
    this.#running.kill('SIGCONT');
  }

  /** What lies on its disk is kept aside, for `restoreSnapshot`. */
  takeSnapshot(): void {
    rmSync(this.#snapshot, { recursive: true, force: true });
    cpSync(this.#data, this.#snapshot, { recursive: true });
  }

  /** Only while it is not running. */
  restoreSnapshot(): void {
    this.erase();
    cpSync(this.#snapshot, this.#data, { recursive: true });
  }

  /** Only while it is not running. */
  erase(): void {
    rmSync(this.#data, { recursive: true });
  }

  /** Asks it something directly, as an operator would. */
  async ask(...command: string[]): Promise<unknown> {
    const client = createClient({ url: this.url });
    await client.connect();
    try {
      return await client.sendCommand(command);
    } finally {
      client.destroy();
    }
  }

  async stop(): Promise<void> {
    if (this.#child) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #running(): ChildProcess {
    if (!this.#child) throw new Error('redis-server is not running');
    return this.#child;
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  get #snapshot(): string {
    return join(this.#folder, 'snapshot');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
