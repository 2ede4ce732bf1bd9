import { type Device, type Entitlement, entitlement as entitlementSchema } from '@peekaboo/shared/entitlement';
import type { Logger } from '@peekaboo/shared/log';
import { EntitlementRows, storedDevice } from './entitlement-rows.ts';
import type { Bound, EntitlementStore, Invite, Refused, Swap } from './entitlement-store.ts';
import type { RedisClient } from './redis-connection.ts';
import { redisKeys as keys } from './redis-keys.ts';

const allKeys = [keys.entitlements, keys.devices, keys.invites];

/*
 * KEYS: entitlements (id -> JSON), devices (thumbprint -> JSON), invites (hash -> JSON). Each script happens whole or not at all.
 */

/** ARGV: hash, the invite as JSON, now. */
const inviteScript = `
  local all = redis.call('HGETALL', KEYS[3])
  for at = 1, #all, 2 do
    if cjson.decode(all[at + 1]).expiresAt <= tonumber(ARGV[3]) then redis.call('HDEL', KEYS[3], all[at]) end
  end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
`;

/** ARGV: hash, role, now, thumbprint, the device as JSON without its entitlement, nursery. Returns entitlement and device as JSON; or why not, and whose; or nothing. */
const swapScript = `
  local stored = redis.call('HGET', KEYS[3], ARGV[1])
  if not stored then return false end
  local invite = cjson.decode(stored)
  local entitlement = redis.call('HGET', KEYS[1], invite.entitlement)
  local known = entitlement and cjson.decode(entitlement)
  if not known or known.nursery ~= ARGV[6] then return false end
  if known.ended then return {'ended', invite.entitlement} end
  if invite.role ~= ARGV[2] or invite.expiresAt <= tonumber(ARGV[3]) then return {'used', invite.entitlement} end
  if invite.usedBy and invite.usedBy ~= ARGV[4] then return {'used', invite.entitlement} end
  if invite.usedBy then return {entitlement, redis.call('HGET', KEYS[2], ARGV[4])} end
  invite.usedBy = ARGV[4]
  redis.call('HSET', KEYS[3], ARGV[1], cjson.encode(invite))
  local device = cjson.decode(ARGV[5])
  device.entitlement = invite.entitlement
  redis.call('HSET', KEYS[2], ARGV[4], cjson.encode(device))
  return {entitlement, redis.call('HGET', KEYS[2], ARGV[4])}
`;

/** ARGV: id, entitlement as JSON, thumbprint, device as JSON, hash, the used invite as JSON. Returns as `swapScript`. */
const vouchScript = `
  local stored = redis.call('HGET', KEYS[1], ARGV[1])
  if stored and cjson.decode(stored).ended then return {'ended', ARGV[1]} end
  redis.call('HSETNX', KEYS[3], ARGV[5], ARGV[6])
  if cjson.decode(redis.call('HGET', KEYS[3], ARGV[5])).usedBy ~= ARGV[3] then return {'used', ARGV[1]} end
  if not stored or cjson.decode(stored).createdAt <= cjson.decode(ARGV[2]).createdAt then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
  local known = redis.call('HGET', KEYS[2], ARGV[3])
  if not known or cjson.decode(known).entitlement ~= ARGV[1] then redis.call('HSET', KEYS[2], ARGV[3], ARGV[4]) end
  return {redis.call('HGET', KEYS[1], ARGV[1]), redis.call('HGET', KEYS[2], ARGV[3])}
`;

/** ARGV: id, nursery, the end as JSON. Returns 0 when there is no such entitlement. Text is replaced, not encoded anew: Lua knows no empty list. */
const endScript = `
  local entitlement = redis.call('HGET', KEYS[1], ARGV[1])
  if not entitlement then return 0 end
  local known = cjson.decode(entitlement)
  if known.nursery ~= ARGV[2] then return 0 end
  if not known.ended then redis.call('HSET', KEYS[1], ARGV[1], string.sub(entitlement, 1, -2) .. ',"ended":' .. ARGV[3] .. '}') end
  return 1
`;

/** The entitlements of a Redis store; `ask` is the store's own. */
export class RedisEntitlements implements EntitlementStore {
  readonly #ask: <T>(question: (client: RedisClient) => Promise<T>) => Promise<T>;
  readonly #rows: EntitlementRows;

  constructor(ask: <T>(question: (client: RedisClient) => Promise<T>) => Promise<T>, log: Logger) {
    this.#ask = ask;
    this.#rows = new EntitlementRows(log);
  }

  async add(entitlement: Entitlement): Promise<void> {
    await this.#ask((client) => client.hSetNX(keys.entitlements, entitlement.id, JSON.stringify(entitlement)));
  }

  async invite({ hash, ...invite }: Invite, now: number): Promise<void> {
    await this.#run(inviteScript, [hash, JSON.stringify(invite), String(now)]);
  }

  async swap({ hash, nursery, role, device, now }: Swap): Promise<Bound | Refused | undefined> {
    return parseOutcome(await this.#run(swapScript, [hash, role, String(now), device.jkt, JSON.stringify(device), nursery]));
  }

  async vouch({ entitlement, invite, device }: { entitlement: Entitlement; invite: Invite; device: Device }): Promise<Bound | Refused> {
    const { hash, ...used } = { ...invite, usedBy: device.jkt };
    const stored = JSON.stringify({ ...device, entitlement: entitlement.id });
    const args = [entitlement.id, JSON.stringify(entitlement), device.jkt, stored, hash, JSON.stringify(used)];
    return parseOutcome(await this.#run(vouchScript, args)) as Bound | Refused;
  }

  async ofDevice(jkt: string): Promise<Bound | undefined> {
    const stored = await this.#ask((client) => client.hGet(keys.devices, jkt));
    if (!stored) return undefined;
    const { entitlement } = storedDevice.parse(JSON.parse(stored));
    return parseBound([await this.#ask((client) => client.hGet(keys.entitlements, entitlement)), stored]);
  }

  async list(nursery: string): Promise<{ entitlement: Entitlement; devices: Device[] }[]> {
    const [entitlements, devices] = await this.#ask((client) =>
      Promise.all([client.hGetAll(keys.entitlements), client.hGetAll(keys.devices)]),
    );
    const rows = (all: Record<string, string>) => Object.entries(all).map(([key, text]) => ({ key, text }));
    const people = await this.#rows.read(nursery, rows(entitlements), rows(devices));
    for (const { devices: of } of people) of.sort((a, b) => a.since - b.since);
    return people.sort((a, b) => a.entitlement.createdAt - b.entitlement.createdAt);
  }

  async find(id: string): Promise<Entitlement | undefined> {
    const stored = await this.#ask((client) => client.hGet(keys.entitlements, id));
    return stored ? entitlementSchema.parse(JSON.parse(stored)) : undefined;
  }

  async end(id: string, nursery: string, ended: NonNullable<Entitlement['ended']>): Promise<boolean> {
    return (await this.#run(endScript, [id, nursery, JSON.stringify(ended)])) === 1;
  }

  #run(script: string, args: string[]): Promise<unknown> {
    return this.#ask((client) => client.eval(script, { keys: allKeys, arguments: args }));
  }
}

function parseOutcome(reply: unknown): Bound | Refused | undefined {
  const [refused, entitlement] = Array.isArray(reply) ? reply : [];
  return refused === 'used' || refused === 'ended' ? { refused, entitlement: String(entitlement) } : parseBound(reply);
}

function parseBound(reply: unknown): Bound | undefined {
  if (!Array.isArray(reply) || typeof reply[0] !== 'string') return undefined;
  const { entitlement: _, ...device } = storedDevice.parse(JSON.parse(String(reply[1])));
  return { entitlement: entitlementSchema.parse(JSON.parse(reply[0])), device };
}
