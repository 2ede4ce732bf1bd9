import { PeekabooError } from '@peekaboo/shared/errors';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import { type EditedHours, editedHours as editedHoursSchema } from '@peekaboo/shared/hours';
import type { Logger } from '@peekaboo/shared/log';
import { RedisChanges } from './redis-changes.ts';
import { type RedisClient, RedisConnection } from './redis-connection.ts';
import { findDurabilityGaps } from './redis-durability.ts';
import { RedisEntitlements } from './redis-entitlements.ts';
import { changeChannel, redisKeys } from './redis-keys.ts';
import { addScript, liftScript, reassertHoursScript, reassertScript, setHoursScript } from './redis-scripts.ts';
import type { HoldSet, KnownHolds, Lift, Store } from './store.ts';

const keys = [redisKeys.revision, redisKeys.holds, redisKeys.lifted, redisKeys.hours];

/** The store of several machines. Durable when Redis syncs its append-only file before it answers, which is checked at every connection. */
export class RedisStore implements Store {
  readonly entitlements: RedisEntitlements;
  readonly changes = new RedisChanges(
    (question) => this.#connection.ask(question),
    (parse) => this.#readable(parse),
  );
  readonly #listeners: ((revision: number | undefined) => void)[] = [];
  #connection!: RedisConnection;
  #gaps: readonly string[] = [];

  /** Resolves whether or not Redis can be reached; until it can, everything is refused with STORE_UNAVAILABLE. */
  static async open(options: { url: string; log: Logger; answerWithinMs: number }): Promise<RedisStore> {
    const store = new RedisStore(options.log);
    store.#connection = await RedisConnection.open({ ...options, onConnected: (client) => store.#prepare(client) });
    return store;
  }

  private constructor(log: Logger) {
    this.entitlements = new RedisEntitlements((question) => this.#connection.ask(question), log);
  }

  async holdSet(): Promise<HoldSet> {
    const [revision, entries] = await this.#connection.ask(async (client) => {
      const reply = await client.multi().get(redisKeys.revision).hGetAll(redisKeys.holds).exec();
      return [reply[0] as unknown as string | null, reply[1] as unknown as Record<string, string>];
    });
    return this.#readable(() => ({ revision: parseRevision(revision), holds: parseHolds(Object.values(entries)) }));
  }

  async revision(): Promise<number> {
    const revision = await this.#connection.ask((client) => client.get(redisKeys.revision));
    return this.#readable(() => parseRevision(revision));
  }

  async addHold(hold: Hold): Promise<number> {
    return this.#run(addScript, [hold.id, JSON.stringify(hold)]);
  }

  async lift({ hold, nursery, ...lift }: Lift): Promise<number> {
    const revision = await this.#run(liftScript, [hold, nursery, JSON.stringify(lift)]);
    if (revision < 0) throw new PeekabooError(revision === -2 ? 'HOLD_FINAL' : 'HOLD_UNKNOWN');
    return revision;
  }

  async reassert({ revision, holds, lifted }: KnownHolds): Promise<boolean> {
    const bodies = holds.map((hold) => ({ id: hold.id, body: JSON.stringify(hold) }));
    return (await this.#run(reassertScript, [String(revision), JSON.stringify(bodies), JSON.stringify(lifted)])) >= 0;
  }

  async editedHours(): Promise<EditedHours[]> {
    const entries = await this.#connection.ask((client) => client.hGetAll(redisKeys.hours));
    return this.#readable(() => Object.values(entries).map(parseEdit));
  }

  async setHours(edited: EditedHours): Promise<number> {
    return this.#run(setHoursScript, [`${edited.nursery}/${edited.room}`, String(edited.at), JSON.stringify(edited)]);
  }

  async reassertHours(known: readonly EditedHours[]): Promise<boolean> {
    const edits = known.map((edited) => ({ key: `${edited.nursery}/${edited.room}`, at: edited.at, body: JSON.stringify(edited) }));
    return (await this.#run(reassertHoursScript, [JSON.stringify(edits)])) >= 0;
  }

  get durabilityGaps(): readonly string[] {
    return this.#gaps;
  }

  onChange(listener: (revision: number | undefined) => void): void {
    this.#listeners.push(listener);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #run(script: string, args: string[]): Promise<number> {
    return this.#connection.ask(async (client) => Number(await client.eval(script, { keys, arguments: [...args, changeChannel] })));
  }

  async #prepare(client: RedisClient): Promise<void> {
    const [gaps] = await Promise.all([
      findDurabilityGaps(client),
      client.subscribe(changeChannel, (message) => this.#announce(Number.parseInt(message, 10))),
    ]);
    this.#gaps = gaps;
    setImmediate(() => this.#announce(undefined)); // whatever was announced while there was no connection
  }

  #announce(revision: number | undefined): void {
    for (const listener of this.#listeners) listener(revision);
  }

  /** Nothing is shown on the word of a store that cannot be understood. */
  #readable<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw new PeekabooError('STORE_UNAVAILABLE', {}, { cause: error });
    }
  }
}

function parseRevision(text: string | null): number {
  const revision = Number(text ?? '0');
  if (!Number.isSafeInteger(revision) || revision < 0) throw new Error(`the revision in Redis is "${text}"`);
  return revision;
}

/** Entries are "ORDER JSON": the revision that added the hold, and the hold. */
function parseHolds(entries: string[]): Hold[] {
  return entries
    .map((entry) => {
      const space = entry.indexOf(' ');
      return { order: Number(entry.slice(0, space)), hold: holdSchema.parse(JSON.parse(entry.slice(space + 1))) };
    })
    .sort((a, b) => a.order - b.order || a.hold.at - b.hold.at)
    .map(({ hold }) => hold);
}

/** "AT JSON": when it counts from, which may be later than when it was asked for. */
function parseEdit(entry: string): EditedHours {
  const space = entry.indexOf(' ');
  return editedHoursSchema.parse({ ...JSON.parse(entry.slice(space + 1)), at: Number(entry.slice(0, space)) });
}
