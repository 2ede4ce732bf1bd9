import { createServer, type Server } from 'node:http';
import { StartError } from '@peekaboo/shared/errors';
import { Counter, Gauge, Registry } from 'prom-client';
import type { Outcome } from './attempt.ts';
import { type Kind, kinds } from './kinds.ts';

/** What the canary tells Prometheus. */
export class CanaryMetrics {
  readonly #registry = new Registry();
  readonly #attempts = new Counter({
    name: 'peekaboo_canary_attempts_total',
    help: 'Attempts to watch a room with a pass that must be refused; outcome let-in is an alarm',
    labelNames: ['kind', 'outcome'],
    registers: [this.#registry],
  });
  readonly #packets = new Counter({
    name: 'peekaboo_canary_media_packets_total',
    help: 'Media packets that reached somebody who must not get any: more than 0 is an alarm',
    registers: [this.#registry],
  });
  /** When an attempt of this kind last proved its check in this room; when the room was first tried, until then. */
  readonly #conclusiveAt = new Map<Kind, Map<string, number>>(kinds.map((kind) => [kind, new Map()]));

  constructor() {
    const startedAt = performance.now();
    const conclusiveAt = this.#conclusiveAt;
    new Gauge({
      name: 'peekaboo_canary_seconds_since_conclusive',
      help: 'Seconds since an attempt of this kind last proved its check, in the room where that is longest ago, or since the room was first tried',
      labelNames: ['kind'],
      registers: [this.#registry],
      collect() {
        for (const [kind, rooms] of conclusiveAt)
          this.set({ kind }, (performance.now() - Math.min(...(rooms.size > 0 ? rooms.values() : [startedAt]))) / 1_000);
      },
    });
    for (const kind of kinds) for (const outcome of ['refused', 'inconclusive', 'let-in']) this.#attempts.inc({ kind, outcome }, 0);
  }

  /** These are the rooms from now on. */
  use(rooms: string[]): void {
    for (const known of this.#conclusiveAt.values()) {
      for (const room of known.keys()) if (!rooms.includes(room)) known.delete(room);
      for (const room of rooms) if (!known.has(room)) known.set(room, performance.now());
    }
  }

  /** There is nothing to prove of this kind in this room for now. */
  spare(kind: Kind, room: string): void {
    this.#conclusiveAt.get(kind)?.set(room, performance.now());
  }

  count(kind: Kind, room: string, outcome: Outcome): void {
    this.#attempts.inc({ kind, outcome: outcome.state });
    if (outcome.state === 'let-in') this.#packets.inc(outcome.packets);
    if (outcome.state !== 'inconclusive') this.spare(kind, room);
  }

  /** Serves them on loopback. @throws StartError when the port cannot be had. */
  async serve(port: number): Promise<Server> {
    const server = createServer(async (_, reply) =>
      reply.setHeader('content-type', this.#registry.contentType).end(await this.#registry.metrics()),
    );
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new StartError(`--metrics-port ${port}: cannot listen (${error.code})`)),
      );
      server.listen(port, '127.0.0.1', resolve);
    });
    return server;
  }
}
