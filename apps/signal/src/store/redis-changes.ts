import type { ChangedEntitlement } from '@peekaboo/shared/entitlement';
import type { ChangeStore } from './change-store.ts';
import { changesReader } from './read-changes.ts';
import type { RedisClient } from './redis-connection.ts';
import { changeChannel, redisKeys } from './redis-keys.ts';

const keys = [redisKeys.revision, redisKeys.entitlements, redisKeys.changes];

/*
 * KEYS: the revision; entitlements (id -> JSON); changes of them (id -> "AT JSON"). Each script happens whole or not at all. JSON is
 * stored as it came: Lua knows no empty list.
 */

/** ARGV: id, nursery, when, the entitlement as JSON, the channel. Returns 0 when there is none that stands. */
const putScript = `
  local stored = redis.call('HGET', KEYS[2], ARGV[1])
  if not stored then return 0 end
  local known = cjson.decode(stored)
  if known.nursery ~= ARGV[2] or known.ended then return 0 end
  local at, old = tonumber(ARGV[3]), redis.call('HGET', KEYS[3], ARGV[1])
  if old then at = math.max(at, tonumber(string.match(old, '^%d+')) + 1) end
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[4])
  redis.call('HSET', KEYS[3], ARGV[1], string.format('%d', at) .. ' ' .. ARGV[4])
  redis.call('PUBLISH', ARGV[5], redis.call('INCR', KEYS[1]))
  return 1
`;

/** ARGV: JSON of [{id, nursery, at, body}], the channel. Returns 0 when nothing was lost. */
const reassertScript = `
  local lost = 0
  for _, change in ipairs(cjson.decode(ARGV[1])) do
    local old = redis.call('HGET', KEYS[3], change.id)
    if not old or tonumber(string.match(old, '^%d+')) < change.at then
      redis.call('HSET', KEYS[3], change.id, string.format('%d', change.at) .. ' ' .. change.body)
      local stored = redis.call('HGET', KEYS[2], change.id)
      local known = stored and cjson.decode(stored)
      if known and known.nursery == change.nursery and not known.ended then redis.call('HSET', KEYS[2], change.id, change.body) end
      lost = 1
    end
  end
  if lost == 1 then redis.call('PUBLISH', ARGV[2], redis.call('INCR', KEYS[1])) end
  return lost
`;

type Ask = <T>(question: (client: RedisClient) => Promise<T>) => Promise<T>;

/** The changed entitlements of a Redis store; `ask` and `readable` are the store's own. */
export class RedisChanges implements ChangeStore {
  readonly #ask: Ask;
  readonly #read = changesReader();
  readonly #readable: <T>(parse: () => T) => T;

  constructor(ask: Ask, readable: <T>(parse: () => T) => T) {
    this.#ask = ask;
    this.#readable = readable;
  }

  async put({ at, entitlement }: ChangedEntitlement): Promise<boolean> {
    const { id, nursery } = entitlement;
    return this.#run(putScript, [id, nursery, String(at), JSON.stringify(entitlement)]);
  }

  async all(): Promise<ChangedEntitlement[]> {
    const entries = await this.#ask((client) => client.hVals(redisKeys.changes));
    return this.#readable(() => this.#read(entries));
  }

  async reassert(known: readonly ChangedEntitlement[]): Promise<boolean> {
    const changes = known.map(({ at, entitlement }) => {
      const { id, nursery } = entitlement;
      return { id, nursery, at, body: JSON.stringify(entitlement) };
    });
    return this.#run(reassertScript, [JSON.stringify(changes)]);
  }

  async #run(script: string, args: string[]): Promise<boolean> {
    return (await this.#ask((client) => client.eval(script, { keys, arguments: [...args, changeChannel] }))) === 1;
  }
}
