import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import type { Device, Entitlement } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newEntitlement, newInvite } from '../../apps/signal/src/identity/invites.ts';
import { RedisStore } from '../../apps/signal/src/store/redis.ts';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';
import type { Store } from '../../apps/signal/src/store/store.ts';
import { RedisServer } from '../support/redis-server.ts';

const now = 1_700_000_000_000;
const week = { weekly: { mon: ['08:00-12:00'] }, exceptions: [] };
const entitlement = (over: Partial<Entitlement> = {}): Entitlement => ({
  ...newEntitlement({ role: 'guardian', rooms: ['sun'], hours: week, reference: 'C-042' }, { nursery: 'willow', by: newId('staff'), now }),
  ...over,
});
const device = (letter = 'A'): Device => ({ jkt: letter.repeat(43), pass: newId('pass'), since: now });

type Place = {
  open: () => Promise<Store>;
  empty: () => Promise<void>;
  remove: () => Promise<void>;
  content: () => Promise<string>;
  /** Puts these rows into the store's table of entitlements, past the store. */
  put: (rows: { id: string; body: string }[]) => Promise<void>;
};

async function sqlitePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-entitlements-'));
  const clear = async () => rmSync(folder, { recursive: true, force: true });
  const files = ['peekaboo.sqlite', 'peekaboo.sqlite-wal'];
  return {
    ...{ open: async () => new SqliteStore(folder), empty: clear, remove: clear },
    content: async () => files.map((name) => readFileSync(join(folder, name), 'latin1')).join(''),
    put: async (rows) => {
      const database = new DatabaseSync(join(folder, 'peekaboo.sqlite'));
      const insert = database.prepare('INSERT INTO entitlements VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body');
      database.exec('BEGIN');
      for (const { id, body } of rows) insert.run(id, 'willow', body);
      database.exec('COMMIT');
      database.close();
    },
  };
}

async function redisPlace(): Promise<Place> {
  const redis = await RedisServer.start();
  return {
    open: () => RedisStore.open({ url: redis.url, log: createLogger('test', 'silent'), answerWithinMs: 500 }),
    empty: async () => void (await redis.ask('FLUSHALL')),
    remove: () => redis.stop(),
    content: async () => {
      const all = await Promise.all(['entitlements', 'devices', 'invites'].map((key) => redis.ask('HGETALL', `{peekaboo}:${key}`)));
      return JSON.stringify(all);
    },
    put: async (rows) => {
      for (let from = 0; from < rows.length; from += 100)
        await redis.ask('HSET', '{peekaboo}:entitlements', ...rows.slice(from, from + 100).flatMap(({ id, body }) => [id, body]));
    },
  };
}

describe.each([
  { name: 'SQLite', make: sqlitePlace },
  { name: 'Redis', make: redisPlace },
])('entitlements on $name', ({ make }) => {
  let place: Place;
  let store: Store;
  beforeAll(async () => {
    place = await make();
  });
  afterAll(() => place.remove());
  beforeEach(async () => {
    await place.empty();
    store = await place.open();
  });
  afterEach(() => store.close());

  const invited = async (to = entitlement(), expiresAt = now + 1_000) => {
    await store.entitlements.add(to);
    const { invite, path } = newInvite(to, expiresAt);
    await store.entitlements.invite(invite, now);
    return { entitlement: to, hash: invite.hash, path };
  };

  test('an invite binds one device, and outlives a restart', async () => {
    const { entitlement: expected, hash } = await invited();
    const one = device();
    expect(await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: one, now })).toEqual({
      entitlement: expected,
      device: one,
    });
    await store.close();
    store = await place.open();
    expect(await store.entitlements.ofDevice(one.jkt)).toEqual({ entitlement: expected, device: one });
    expect(await store.entitlements.list('willow')).toEqual([{ entitlement: expected, devices: [one] }]);
    expect(await store.entitlements.ofDevice('B'.repeat(43))).toBeUndefined();
  });

  test('a used invite is good for the device that used it alone, and keeps what was bound', async () => {
    const { entitlement: whose, hash } = await invited();
    const one = device('A');
    const first = await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: one, now });
    const second = await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: device('B'), now });
    expect(second).toEqual({ refused: 'used', entitlement: whose.id });
    expect(
      await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: { ...device('A'), since: now + 5 }, now }),
    ).toEqual(first);
  });

  test('of many who open an invite at the same moment, one succeeds', async () => {
    const other = await place.open();
    const { hash } = await invited();
    const devices = [...'ABCDEFGHIJKLMNOPQRST'].map(device);
    const outcomes = await Promise.all(
      devices.map((one, index) =>
        (index % 2 ? store : other).entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: one, now }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome && 'device' in outcome)).toHaveLength(1);
    expect((await store.entitlements.list('willow'))[0]?.devices).toHaveLength(1);
    await other.close();
  });

  test('an invite that ran out, is for another page, or never was, binds nothing', async () => {
    const { entitlement: whose, hash } = await invited(entitlement(), now + 1_000);
    const swap = { hash, nursery: 'willow', role: 'guardian', device: device(), now } as const;
    const refused = { refused: 'used', entitlement: whose.id };
    expect(await store.entitlements.swap({ ...swap, now: now + 1_000 })).toEqual(refused);
    expect(await store.entitlements.swap({ ...swap, role: 'staff' })).toEqual(refused);
    expect(await store.entitlements.swap({ ...swap, hash: 'x'.repeat(43) })).toBeUndefined();
    expect(await store.entitlements.swap({ ...swap, nursery: 'elsewhere' })).toBeUndefined();
    expect(await store.entitlements.swap({ ...swap, now: now + 999 })).toHaveProperty('device'); // none of it used it up
  });

  test('invites that have run out are forgotten', async () => {
    const { hash } = await invited(entitlement(), now + 1_000);
    await store.entitlements.invite(newInvite(entitlement(), now + 9_000).invite, now + 1_000);
    expect(await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: device(), now })).toBeUndefined();
  });

  test('several devices may be bound to one entitlement, and a device moves to a newer one', async () => {
    const { entitlement: first, hash } = await invited();
    const again = newInvite(first, now + 1_000).invite;
    await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: device('A'), now });
    await store.entitlements.invite(again, now);
    await store.entitlements.swap({ hash: again.hash, nursery: 'willow', role: 'guardian', device: device('B'), now });
    expect((await store.entitlements.list('willow'))[0]?.devices.map(({ jkt }) => jkt[0]).toSorted()).toEqual(['A', 'B']);
    const second = await invited();
    await store.entitlements.swap({ hash: second.hash, nursery: 'willow', role: 'guardian', device: device('A'), now });
    expect((await store.entitlements.ofDevice('A'.repeat(43)))?.entitlement.id).toBe(second.entitlement.id);
  });

  test('an entitlement that was ended stays so, and its invites bind nothing', async () => {
    const { entitlement: ended, hash } = await invited();
    const bound = device();
    const another = newInvite(ended, now + 1_000).invite;
    await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: bound, now });
    await store.entitlements.invite(another, now);
    const by = newId('staff');
    expect(await store.entitlements.end(ended.id, 'elsewhere', { at: now, by })).toBe(false);
    expect(await store.entitlements.end(newId('guardian'), 'willow', { at: now, by })).toBe(false);
    expect(await store.entitlements.end(ended.id, 'willow', { at: now, by })).toBe(true);
    expect(await store.entitlements.end(ended.id, 'willow', { at: now + 9, by: newId('staff') })).toBe(true);
    expect((await store.entitlements.ofDevice(bound.jkt))?.entitlement).toEqual({ ...ended, ended: { at: now, by } });
    const late = await store.entitlements.swap({ hash: another.hash, nursery: 'willow', role: 'guardian', device: device('B'), now });
    expect(late).toEqual({ refused: 'ended', entitlement: ended.id });
    await store.entitlements.add(ended);
    expect((await store.entitlements.ofDevice(bound.jkt))?.entitlement.ended).toBeDefined();
  });

  test('a nursery sees its own people, in the order in which they were invited', async () => {
    const people = [entitlement(), entitlement({ createdAt: now + 1, rooms: [] }), entitlement({ nursery: 'elsewhere' })];
    for (const each of people) await store.entitlements.add(each);
    expect((await store.entitlements.list('willow')).map((known) => known.entitlement)).toEqual(people.slice(0, 2));
  });

  test('a new invite makes the one before void, unless it was used, and nobody else’s', async () => {
    const swap = (hash: string, by: Device) => store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: by, now });
    const bystander = await invited();
    const first = await invited(entitlement({ createdAt: now + 1 }));
    const again = newInvite(first.entitlement, now + 2_000).invite;
    await store.entitlements.invite(again, now);
    expect((await store.entitlements.list('willow')).map(({ inviteUntil }) => inviteUntil)).toEqual([now + 1_000, now + 2_000]);
    expect(await swap(first.hash, device('A'))).toBeUndefined();
    expect(await swap(again.hash, device('B'))).toHaveProperty('device');
    await store.entitlements.invite(newInvite(first.entitlement, now + 3_000).invite, now);
    expect(await swap(again.hash, device('B'))).toHaveProperty('device'); // its answer may have been lost
    expect(await swap(bystander.hash, device('C'))).toHaveProperty('device');
    expect((await store.entitlements.list('willow')).map(({ inviteUntil }) => inviteUntil)).toEqual([undefined, now + 3_000]);
  });

  test('with a device that is withdrawn, links that nobody has opened are void, and what was said outside until then binds nothing', async () => {
    const { entitlement: one, hash } = await invited();
    const lost = device('A');
    await store.entitlements.swap({ hash, nursery: 'willow', role: 'guardian', device: lost, now });
    const another = newInvite(one, now + 1_000).invite;
    await store.entitlements.invite(another, now);
    const swap = { hash: another.hash, nursery: 'willow', role: 'guardian', device: device('B'), now } as const;
    await store.entitlements.withdraw(newId('pass'), 'willow', now + 500);
    await store.entitlements.withdraw(lost.pass, 'elsewhere', now + 500);
    expect((await store.entitlements.list('willow'))[0]?.inviteUntil).toBe(now + 1_000);
    await store.entitlements.withdraw(lost.pass, 'willow', now + 500);
    await store.entitlements.withdraw(lost.pass, 'willow', now + 400); // a clock that was set back
    expect(await store.entitlements.swap(swap)).toBeUndefined();
    expect(await vouch({ ...one, createdAt: now + 500 }, 'token-1', device('C'))).toEqual({ refused: 'ended', entitlement: one.id });
    expect(await vouch({ ...one, createdAt: now + 501 }, 'token-1', device('C'))).toHaveProperty('device');
  });

  test('of somebody who is vouched for with one new browser after the other, the last twenty are known', async () => {
    const one = entitlement();
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVW'];
    for (const [index, letter] of letters.entries()) await vouch(one, `token-${letter}`, { ...device(letter), since: now + index });
    const kept = (await store.entitlements.list('willow'))[0]?.devices.map(({ jkt }) => jkt[0]);
    expect(kept).toEqual(letters.slice(-20));
    expect(await store.entitlements.ofDevice('A'.repeat(43))).toBeUndefined();
  });

  test('one is found by its id', async () => {
    const one = entitlement();
    for (const each of [entitlement(), one]) await store.entitlements.add(each);
    expect(await store.entitlements.find(one.id)).toEqual(one);
    expect(await store.entitlements.find(newId('guardian'))).toBeUndefined();
  });

  test('a row that cannot be read hides nobody else', async () => {
    const [one, other] = [entitlement(), entitlement({ createdAt: now + 1 })];
    for (const each of [one, other]) await store.entitlements.add(each);
    const bodies = ['no JSON', '{}', JSON.stringify({ ...one, endsAt: 1e16 }), JSON.stringify({ ...one, rooms: Array(201).fill('sun') })];
    await place.put(bodies.map((body) => ({ id: newId('guardian'), body })));
    expect((await store.entitlements.list('willow')).map((known) => known.entitlement)).toEqual([one, other]);
  });

  test('who has 200 rooms is read like anybody else', async () => {
    const many = entitlement({ rooms: Array.from({ length: 200 }, (_, index) => `room-${index}`) });
    await store.entitlements.add(many);
    expect((await store.entitlements.list('willow')).map((known) => known.entitlement)).toEqual([many]);
  });

  test('3,000 people are read without keeping anybody waiting who wants to cut, each time anew with what has changed', async () => {
    const people = Array.from({ length: 3_000 }, (_, index) => entitlement({ createdAt: now + index }));
    await place.put(people.map((each) => ({ id: each.id, body: JSON.stringify(each) })));
    const read = async () => {
      let [over, longestMs, last] = [false, 0, process.threadCpuUsage().user];
      const reading = store.entitlements.list('willow').finally(() => {
        over = true;
      });
      while (!over) {
        await setImmediate();
        const { user } = process.threadCpuUsage();
        longestMs = Math.max(longestMs, (user - last) / 1_000);
        last = user;
      }
      return { known: await reading, longestMs };
    };
    const first = await read();
    expect(first.known.map((known) => known.entitlement)).toEqual(people);
    const changed = people.map((each, index) => (index === 7 ? { ...each, rooms: ['moon'] } : each));
    await place.put([{ id: people[7]?.id ?? '', body: JSON.stringify(changed[7]) }]);
    const second = await read();
    expect(second.known.map((known) => known.entitlement)).toEqual(changed);
    console.log(`3,000 people: ${first.longestMs.toFixed(0)} ms of CPU at a stretch, then ${second.longestMs.toFixed(0)} ms`);
    expect(Math.max(first.longestMs, second.longestMs)).toBeLessThan(80);
  });

  const vouch = (one: Entitlement, hash: string, by: Device) =>
    store.entitlements.vouch({
      entitlement: one,
      invite: { hash, entitlement: one.id, role: one.role, expiresAt: Date.now() + 60_000 }, // Redis has a clock of its own
      device: by,
      now,
    });

  test('somebody who is vouched for is bound as one who was invited, once for a token, and the newest word counts', async () => {
    const one = entitlement();
    const first = device('A');
    expect(await vouch(one, 'token-1', first)).toEqual({ entitlement: one, device: first });
    expect(await vouch(one, 'token-1', device('B'))).toEqual({ refused: 'used', entitlement: one.id });
    expect(await vouch(one, 'token-1', device('A'))).toEqual({ entitlement: one, device: first });
    const later = { ...one, rooms: ['moon'], endsAt: now + 9_000 };
    expect(await vouch(later, 'token-2', device('A'))).toEqual({ entitlement: later, device: first });
    expect((await store.entitlements.ofDevice('A'.repeat(43)))?.entitlement.rooms).toEqual(['moon']);
  });

  test('an older word than the one that is known changes nothing for anybody', async () => {
    const newer = { ...entitlement(), createdAt: now, rooms: ['moon'] };
    await vouch(newer, 'token-2', device('A'));
    const second = device('B');
    expect(await vouch({ ...newer, createdAt: now - 1_000, rooms: ['sun', 'moon'] }, 'token-1', second)).toEqual({
      entitlement: newer,
      device: second,
    });
    for (const letter of 'AB') expect((await store.entitlements.ofDevice(letter.repeat(43)))?.entitlement).toEqual(newer);
  });

  test('nobody outside brings back whom the nursery has removed', async () => {
    const one = entitlement();
    await vouch(one, 'token-1', device('A'));
    await store.entitlements.end(one.id, 'willow', { at: now, by: newId('staff') });
    const again = { ...one, createdAt: now + 5_000, endsAt: now + 9_000 };
    expect(await vouch(again, 'token-2', device('B'))).toEqual({ refused: 'ended', entitlement: one.id });
    expect(await store.entitlements.ofDevice('B'.repeat(43))).toBeUndefined();
  });

  test('nothing that is kept opens anything', async () => {
    const { path } = await invited();
    const secret = path.split('=')[1] ?? '';
    expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const content = await place.content();
    expect(content).toContain('C-042'); // it is the right place to look
    expect(content).not.toContain(secret);
  });

  test('is refused with STORE_UNAVAILABLE when the store is gone', async () => {
    await store.close();
    const { entitlements } = store;
    const attempts = [
      ...[
        entitlements.add(entitlement()),
        entitlements.invite(newInvite(entitlement(), 1).invite, 0),
        entitlements.ofDevice('A'.repeat(43)),
      ],
      ...[entitlements.find(newId('guardian')), entitlements.list('willow'), entitlements.withdraw('x', 'willow', 1)],
      ...[entitlements.end(newId('guardian'), 'willow', { at: 1, by: 'x' })],
      ...[
        entitlements.swap({ hash: 'x', nursery: 'willow', role: 'guardian', device: device(), now }),
        vouch(entitlement(), 'x', device()),
      ],
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store = await place.open();
  });
});
