import { setTimeout as delay } from 'node:timers/promises';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import { createClient } from 'redis';

const retryAfterMs = { first: 50, longest: 500 };

export type RedisClient = ReturnType<typeof newClient>;

export type RedisConnectionOptions = {
  url: string;
  log: Logger;
  /** After this long without an answer Redis counts as frozen or cut off, and the connection is given up. */
  answerWithinMs: number;
  /** Prepares a new connection before anything else uses it; one that cannot be prepared is given up. */
  onConnected: (client: RedisClient) => Promise<void>;
};

/**
 * One connection to Redis, made again for as long as it takes. Nothing is queued while there is none, and no question waits
 * longer than `answerWithinMs`: whoever asks learns at once that the store cannot be relied on.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions;
  readonly #closing = new AbortController();
  readonly #ended: Promise<void>;
  #client: RedisClient | undefined;
  #giveUp: (cause: unknown) => void = () => undefined;
  #outageLogged = false;

  /** Resolves when the first attempt to connect has succeeded or failed. */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const { promise: tried, resolve } = Promise.withResolvers<void>();
    const connection = new RedisConnection(options, resolve);
    await tried;
    return connection;
  }

  private constructor(options: RedisConnectionOptions, onTried: () => void) {
    this.#options = options;
    this.#ended = this.#keepConnected(onTried);
  }

  /** Asks Redis something. @throws PeekabooError STORE_UNAVAILABLE, within `answerWithinMs`, whatever has happened to Redis. */
  async ask<T>(question: (client: RedisClient) => Promise<T>): Promise<T> {
    const client = this.#client;
    if (!client) throw new PeekabooError('STORE_UNAVAILABLE'); // why was logged when it began
    try {
      return await this.#inTime(question(client));
    } catch (error) {
      // What a frozen server has been asked already, it answers first when it goes on; a new connection does not wait for that.
      if (error instanceof LateError) this.#giveUp(error);
      throw new PeekabooError('STORE_UNAVAILABLE', {}, { cause: error });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#giveUp(undefined);
    await this.#ended;
  }

  async #keepConnected(onTried: () => void): Promise<void> {
    let retryMs = retryAfterMs.first;
    while (!this.#closing.signal.aborted) {
      const client = newClient(this.#options);
      const { promise: lost, resolve } = Promise.withResolvers<unknown>();
      client.on('error', resolve);
      this.#giveUp = resolve;
      const prepared = this.#inTime(client.connect().then(() => this.#options.onConnected(client)));
      const failure = await Promise.race([prepared.then(() => undefined), lost.then((cause) => ({ cause }))]).catch((cause) => ({ cause }));
      if (!failure) {
        retryMs = retryAfterMs.first;
        this.#client = client;
        this.#reached();
      }
      onTried();
      const cause = failure ? failure.cause : await lost;
      this.#client = undefined;
      client.destroy();
      this.#lost(cause);
      await delay(retryMs, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      retryMs = Math.min(2 * retryMs, retryAfterMs.longest);
    }
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { answerWithinMs } = this.#options;
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new LateError(`Redis gave no answer within ${answerWithinMs} ms`)), answerWithinMs);
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  #reached(): void {
    if (this.#outageLogged) this.#options.log.warn('Redis answers again');
    this.#outageLogged = false;
  }

  /** Once an outage, not once an attempt. */
  #lost(cause: unknown): void {
    if (this.#outageLogged || this.#closing.signal.aborted) return;
    this.#outageLogged = true;
    this.#options.log.error({ err: cause }, 'Redis does not answer');
  }
}

class LateError extends Error {
  override readonly name = 'LateError';
}

function newClient({ url, answerWithinMs }: Pick<RedisConnectionOptions, 'url' | 'answerWithinMs'>) {
  return createClient({
    url,
    RESP: 3, // announcements and answers share one connection, and so its fate
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    socket: { connectTimeout: answerWithinMs, reconnectStrategy: false },
  });
}
