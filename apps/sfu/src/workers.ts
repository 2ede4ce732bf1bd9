import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { StartError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { createWorker, type types, workerBin } from 'mediasoup';
import type { SfuConfig } from './config.ts';
import { drill } from './drill.ts';
import type { Guard } from './guard.ts';
import { resetsTcp } from './resets-tcp.ts';

/** From its first words to the end of its drill a worker takes a tenth of a second. One that hangs there is replaced. */
const startWithinMs = 5_000;

type WorkersConfig = Pick<SfuConfig, 'workers' | 'port' | 'listen' | 'periods'>;

/** One mediasoup worker process and the one port, for UDP and TCP, on which browsers reach it. */
export type MediaWorker = { index: number; worker: types.Worker; webRtcServer: types.WebRtcServer };

/** The media workers, one a core. One that dies is replaced at once; what lived on it closes itself by mediasoup's own events. */
export class Workers {
  readonly #config: WorkersConfig;
  readonly #guard: Guard;
  readonly #log: Logger;
  readonly #workers = new Map<number, Promise<MediaWorker>>();
  /** Those that are running; `#workers` also has those that are starting. */
  readonly #up = new Map<number, MediaWorker>();
  #protocols: types.TransportProtocol[] = ['udp'];
  #started = false;
  #closed = false;

  constructor(config: WorkersConfig, guard: Guard, log: Logger) {
    this.#config = config;
    this.#guard = guard;
    this.#log = log;
  }

  get count(): number {
    return this.#config.workers;
  }

  /** Starts all workers. @throws StartError when a worker or its port cannot be had. */
  async start(): Promise<void> {
    if (await resetsTcp(workerBin)) this.#protocols = ['udp', 'tcp'];
    else
      this.#log.warn(
        'this media worker is not of our build: who has TCP alone gets no picture, and a cut waits for a burst; see scripts/worker/README.md',
      );
    for (let index = 0; index < this.count; index += 1) this.#workers.set(index, this.#startOne(index));
    await Promise.all(this.#workers.values());
    this.#started = true;
  }

  /** The worker in this place, also while a replacement is starting. */
  get(index: number): Promise<MediaWorker> {
    const worker = this.#workers.get(index % this.count);
    return worker ?? Promise.reject(new Error('the workers are not started'));
  }

  /** Whether this worker takes views; one that is being replaced does not. */
  isUp(index: number): boolean {
    return this.#up.has(index);
  }

  /** Resolves when every worker has carried out all it was asked so far, or is dead. One that is starting has no views yet. */
  async settled(): Promise<void> {
    await Promise.all([...this.#up.values()].map(({ worker }) => settled(worker, this.#config.periods.worker.hungAfterMs)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const started of this.#workers.values()) (await started.catch(() => undefined))?.worker.close();
  }

  async #startOne(index: number): Promise<MediaWorker> {
    await this.#guard.start();
    const worker = await createWorker({ logLevel: 'warn' }).catch((error: Error) => {
      throw new StartError(`the media worker does not start (${error.message}); run "npm start" once more, it sets the worker up`);
    });
    setNiceness(worker.pid, niceness.media);
    worker.observer.once('close', () => this.#guard.forget(worker.pid));
    worker.on('died', () => this.#replace(index));
    const hangs = setTimeout(() => killUnlessClosed(worker), startWithinMs);
    try {
      await this.#guard.watch(worker.pid);
      const listen = this.#listenOn();
      const { port: first } = this.#config;
      const port = first === undefined ? await freePort(listen.map(({ address }) => address)) : first + index;
      const webRtcServer = await this.#listen(worker, listen, port);
      await drill({ worker, webRtcServer });
      if (worker.closed) throw new Error('the media worker died while it started');
      const mediaWorker = { index, worker, webRtcServer };
      this.#up.set(index, mediaWorker);
      return mediaWorker;
    } catch (error) {
      worker.close(); // one that is in nobody's list must not live on: its end would be taken for that of the one in its place
      throw error;
    } finally {
      clearTimeout(hangs);
    }
  }

  /** A replacement does without an address that this machine has lost since: the others are as good as before. */
  #listenOn(): WorkersConfig['listen'] {
    const { listen } = this.#config;
    if (!this.#started) return listen;
    const here = new Set(Object.values(networkInterfaces()).flatMap((each = []) => each.map(({ address }) => address)));
    const left = listen.filter(({ address }) => isWildcard(address) || here.has(address));
    if (left.length === listen.length || left.length === 0) return listen;
    this.#log.warn(
      'this machine has lost an address on which it listened; browsers that came by it find no pictures until the SFU is restarted',
    );
    return left;
  }

  #listen(worker: types.Worker, listen: WorkersConfig['listen'], port: number): Promise<types.WebRtcServer> {
    const listenInfos = listen.flatMap(({ address, announcedAddress }) =>
      this.#protocols.map((protocol) => ({ protocol, ip: address, port, ...(announcedAddress && { announcedAddress }) })),
    );
    return worker.createWebRtcServer({ listenInfos }).catch((error: Error) => {
      throw new StartError(`the media port ${port} cannot be opened (${error.message}); set another "sfu.port"`);
    });
  }

  #replace(index: number): void {
    this.#up.delete(index);
    if (this.#closed) return;
    this.#log.error({ worker: index }, 'a media worker died; its pictures are dark, a new one starts');
    const replacement = this.#startOne(index);
    this.#workers.set(index, replacement);
    replacement.catch((error) => {
      if (this.#workers.get(index) !== replacement) return; // it died while it started, and is being replaced already
      this.#log.error({ worker: index, err: error }, 'the media worker could not be replaced; trying again');
      setTimeout(() => this.#replace(index), 1_000).unref();
    });
  }
}

/**
 * Resolves when this worker has carried out all it was asked so far: it serves its requests in order, so the answer to one
 * more proves it. One that does not answer within `hungAfterMs` is killed, since what it was asked may have been to make pictures dark.
 */
async function settled(worker: types.Worker, hungAfterMs: number): Promise<void> {
  if (worker.closed) return;
  const hung = setTimeout(() => killUnlessClosed(worker), hungAfterMs);
  await worker.getResourceUsage().catch(() => undefined); // rejects when the worker is gone, and its pictures with it
  clearTimeout(hung);
}

function killUnlessClosed(worker: types.Worker): void {
  if (!worker.closed) process.kill(worker.pid, 'SIGKILL');
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** A port that is free for UDP and TCP on all of these addresses. Another program may take it before it is used; that is rare and reported. */
async function freePort(addresses: string[]): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const port = 40_000 + Math.floor(Math.random() * 9_000);
    const free = await Promise.all(addresses.flatMap((address) => [isFreeUdp(address, port), isFreeTcp(address, port)]));
    if (free.every(Boolean)) return port;
  }
  throw new StartError('no free media port was found between 40000 and 48999; set "sfu.port"');
}

function isFreeUdp(address: string, port: number): Promise<boolean> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    socket.once('error', () => socket.close(() => resolve(false)));
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

function isFreeTcp(address: string, port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
