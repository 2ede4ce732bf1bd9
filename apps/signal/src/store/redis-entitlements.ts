import { type Device, type Entitlement, entitlement as entitlementSchema } from '@peekaboo/shared/entitlement';
import type { Logger } from '@peekaboo/shared/log';
import { z } from 'zod';
import { EntitlementRows, storedDevice } from './entitlement-rows.ts';
import {
  type Bound,
  type EntitlementStore,
  type Invite,
  type Known,
  mostVouchedDevices,
  type Refused,
  type Swap,
} from './entitlement-store.ts';
import type { RedisClient } from './redis-connection.ts';
import { redisKeys as keys } from './redis-keys.ts';

const storedInvite = z.object({ entitlement: z.string(), expiresAt: z.number(), usedBy: z.string().optional() });
/** How far Redis' clock may be from signal's: it forgets a token that much later. */
const clocksApartMs = 3_600_000;
const allKeys = [keys.entitlements, keys.devices, keys.invites, keys.withdrawn];

/*
 * KEYS: entitlements (id -> JSON), devices (thumbprint -> JSON), invites (hash -> JSON), withdrawn (entitlement -> when). Each script happens
 * whole or not at all.
 */

/** ARGV: hash, the invite as JSON, now. */
const inviteScript = `
  local new = cjson.decode(ARGV[2])
  local all = redis.call('HGETALL', KEYS[3])
  for at = 1, #all, 2 do
    local invite = cjson.decode(all[at + 1])
    local isVoid = invite.entitlement == new.entitlement and not invite.usedBy
    if isVoid or invite.expiresAt <= tonumber(ARGV[3]) then redis.call('HDEL', KEYS[3], all[at]) end
  end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
`;

/** ARGV: pass, nursery, when. */
const withdrawScript = `
  local id
  for _, stored in ipairs(redis.call('HVALS', KEYS[2])) do
    local device = cjson.decode(stored)
    if device.pass == ARGV[1] then id = device.entitlement end
  end
  local entitlement = id and redis.call('HGET', KEYS[1], id)
  if not entitlement or cjson.decode(entitlement).nursery ~= ARGV[2] then return 0 end
  local all = redis.call('HGETALL', KEYS[3])
  for at = 1, #all, 2 do
    local invite = cjson.decode(all[at + 1])
    if invite.entitlement == id and not invite.usedBy then redis.call('HDEL', KEYS[3], all[at]) end
  end
  local at = math.max(tonumber(ARGV[3]), tonumber(redis.call('HGET', KEYS[4], id) or '0'))
  redis.call('HSET', KEYS[4], id, string.format('%d', at))
  return 1
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

/**
 * KEYS further: the token (its user's thumbprint), and the devices of the one who is vouched for, oldest first. ARGV: id, entitlement as JSON,
 * thumbprint, device as JSON, when the token may be forgotten, when the device was bound, how many are kept. Returns as `swapScript`.
 */
const vouchScript = `
  local stored = redis.call('HGET', KEYS[1], ARGV[1])
  if stored and cjson.decode(stored).ended then return {'ended', ARGV[1]} end
  local saidAt = cjson.decode(ARGV[2]).createdAt
  if saidAt <= tonumber(redis.call('HGET', KEYS[4], ARGV[1]) or '0') then return {'ended', ARGV[1]} end
  redis.call('SET', KEYS[5], ARGV[3], 'NX', 'PXAT', ARGV[5])
  if redis.call('GET', KEYS[5]) ~= ARGV[3] then return {'used', ARGV[1]} end
  if not stored or cjson.decode(stored).createdAt <= saidAt then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
  local known = redis.call('HGET', KEYS[2], ARGV[3])
  if not known or cjson.decode(known).entitlement ~= ARGV[1] then
    redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
    redis.call('ZADD', KEYS[6], ARGV[6], ARGV[3])
    for _, oldest in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1 - tonumber(ARGV[7]))) do
      local device = redis.call('HGET', KEYS[2], oldest)
      if device and cjson.decode(device).entitlement == ARGV[1] then redis.call('HDEL', KEYS[2], oldest) end
      redis.call('ZREM', KEYS[6], oldest)
    end
  end
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
    const stored = JSON.stringify({ ...device, entitlement: entitlement.id });
    const [forgetAt, since] = [invite.expiresAt + clocksApartMs, device.since].map((ms) => String(Math.round(ms)));
    const args = [entitlement.id, JSON.stringify(entitlement), device.jkt, stored, forgetAt, since, String(mostVouchedDevices)] as string[];
    const reply = await this.#run(vouchScript, args, [keys.token + invite.hash, keys.devicesOf + entitlement.id]);
    return parseOutcome(reply) as Bound | Refused;
  }

  async withdraw(pass: string, nursery: string, at: number): Promise<void> {
    await this.#run(withdrawScript, [pass, nursery, String(at)]);
  }

  async ofDevice(jkt: string): Promise<Bound | undefined> {
    const stored = await this.#ask((client) => client.hGet(keys.devices, jkt));
    if (!stored) return undefined;
    const { entitlement } = storedDevice.parse(JSON.parse(stored));
    return parseBound([await this.#ask((client) => client.hGet(keys.entitlements, entitlement)), stored]);
  }

  async list(nursery: string): Promise<Known[]> {
    const [entitlements, devices, invites] = await this.#ask((client) =>
      Promise.all([client.hGetAll(keys.entitlements), client.hGetAll(keys.devices), client.hVals(keys.invites)]),
    );
    const rows = (all: Record<string, string>) => Object.entries(all).map(([key, text]) => ({ key, text }));
    const unused = invites.map((text) => storedInvite.parse(JSON.parse(text))).filter(({ usedBy }) => usedBy === undefined);
    const inviteUntil = new Map(unused.map(({ entitlement, expiresAt }) => [entitlement, expiresAt]));
    const people = await this.#rows.read(nursery, rows(entitlements), rows(devices), inviteUntil);
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

  #run(script: string, args: string[], more: string[] = []): Promise<unknown> {
    return this.#ask((client) => client.eval(script, { keys: [...allKeys, ...more], arguments: args }));
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
