import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entitlement } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newEntitlement, newInvite } from '../../apps/signal/src/identity/invites.ts';
import { RedisStore } from '../../apps/signal/src/store/redis.ts';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';
import type { Store } from '../../apps/signal/src/store/store.ts';
import { RedisServer } from '../support/redis-server.ts';

const now = 1_700_000_000_000;
const week = { weekly: { mon: ['08:00-12:00'], tue: [] }, exceptions: [{ date: '2026-12-25', windows: [] }] };

type Place = { open: () => Promise<Store>; empty: () => Promise<void>; remove: () => Promise<void> };

async function sqlitePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-changes-'));
  const clear = async () => rmSync(folder, { recursive: true, force: true });
  return { open: async () => new SqliteStore(folder), empty: clear, remove: clear };
}

async function redisPlace(): Promise<Place> {
  const redis = await RedisServer.start();
  return {
    open: () => RedisStore.open({ url: redis.url, log: createLogger('test', 'silent'), answerWithinMs: 500 }),
    empty: async () => void (await redis.ask('FLUSHALL')),
    remove: () => redis.stop(),
  };
}

describe.each([
  { name: 'SQLite', make: sqlitePlace },
  { name: 'Redis', make: redisPlace },
])('entitlements that are changed, on $name', ({ make }) => {
  let place: Place;
  let store: Store;
  let person: Entitlement;
  const device = { jkt: 'A'.repeat(43), pass: newId('pass'), since: now };
  const current = async (of = store) => (await of.entitlements.ofDevice(device.jkt))?.entitlement;

  beforeAll(async () => {
    place = await make();
  });
  afterAll(() => place.remove());
  beforeEach(async () => {
    await place.empty();
    store = await place.open();
    person = newEntitlement({ role: 'guardian', rooms: ['sun'], reference: 'C-042' }, { nursery: 'willow', by: newId('staff'), now });
    await store.entitlements.add(person);
    const { invite } = newInvite(person, now + 1_000);
    await store.entitlements.invite(invite, now);
    await store.entitlements.swap({ hash: invite.hash, nursery: 'willow', role: 'guardian', device, now });
  });
  afterEach(() => store.close());

  test('are those that passes are issued by from then on, device and all, also for whoever opens the store next', async () => {
    const changed = { ...person, rooms: ['moon', 'sky'], hours: week, endsAt: now + 9 };
    expect(await store.changes.all()).toEqual([]);
    expect(await store.changes.put({ at: 10, entitlement: changed })).toBe(true);
    expect(await current()).toEqual(changed);
    await store.close();
    store = await place.open();
    expect(await store.entitlements.list('willow')).toEqual([{ entitlement: changed, devices: [device] }]);
    expect(await store.changes.all()).toEqual([{ at: 10, entitlement: changed }]);
  });

  test('make the revision of the holds grow, which others are told', async () => {
    const other = await place.open();
    const told: (number | undefined)[] = [];
    other.onChange((revision) => told.push(revision));
    await store.changes.put({ at: 10, entitlement: { ...person, rooms: ['moon'] } });
    expect(await store.revision()).toBe(1);
    expect(await other.changes.all()).toHaveLength(1);
    if (store instanceof RedisStore) await expect.poll(() => told).toContain(1);
    await other.close();
  });

  test('keep the last word, were it said by a clock that is behind', async () => {
    await store.changes.put({ at: 1_780_000_000_000, entitlement: { ...person, rooms: ['moon'] } });
    await store.changes.put({ at: 7, entitlement: { ...person, rooms: [] } });
    expect(await store.changes.all()).toEqual([{ at: 1_780_000_000_001, entitlement: { ...person, rooms: [] } }]);
    expect(await current()).toMatchObject({ rooms: [] });
  });

  test('are none when there is no such person in the nursery, or they were removed', async () => {
    const stranger = { ...person, id: newId('guardian') };
    for (const none of [stranger, { ...person, nursery: 'elsewhere' }])
      expect(await store.changes.put({ at: 10, entitlement: none })).toBe(false);
    await store.entitlements.end(person.id, 'willow', { at: now, by: newId('staff') });
    expect(await store.changes.put({ at: 10, entitlement: { ...person, rooms: ['moon'] } })).toBe(false);
    expect(await store.changes.all()).toEqual([]);
    expect(await store.revision()).toBe(0);
    expect(await current()).toMatchObject({ rooms: ['sun'], ended: {} });
  });

  test('stay ended when they are removed afterwards', async () => {
    await store.changes.put({ at: 10, entitlement: { ...person, rooms: ['moon'] } });
    await store.entitlements.end(person.id, 'willow', { at: now, by: newId('staff') });
    expect(await current()).toMatchObject({ rooms: ['moon'], ended: {} });
    expect(await store.changes.reassert([{ at: 11, entitlement: { ...person, rooms: ['sky'] } }])).toBe(true);
    expect(await current()).toMatchObject({ rooms: ['moon'], ended: {} });
  });

  test('are taken back when they were lost, and only when later than what is there', async () => {
    const gone = { ...person, id: newId('guardian'), rooms: [] };
    await store.changes.put({ at: 10, entitlement: { ...person, rooms: ['moon'] } });
    expect(await store.changes.reassert([{ at: 10, entitlement: { ...person, rooms: ['sky'] } }])).toBe(false);
    expect(await store.revision()).toBe(1);
    const known = [
      { at: 11, entitlement: { ...person, rooms: ['sky'], hours: week } },
      { at: 5, entitlement: gone },
    ];
    expect(await store.changes.reassert(known)).toBe(true);
    expect(await store.revision()).toBe(2);
    expect((await store.changes.all()).toSorted((a, b) => b.at - a.at)).toEqual(known);
    expect(await current()).toEqual({ ...person, rooms: ['sky'], hours: week });
    expect(await store.entitlements.list('willow')).toHaveLength(1); // nobody is made by it
  });

  test('of many at the same moment, all count, each whole', async () => {
    const other = await place.open();
    const rooms = [...'abcdefghij'];
    await Promise.all(
      rooms.map((room, index) => (index % 2 ? store : other).changes.put({ at: 10, entitlement: { ...person, rooms: [room] } })),
    );
    expect(await store.revision()).toBe(rooms.length);
    const [last, ...others] = await store.changes.all();
    expect(others).toEqual([]);
    expect(last?.at).toBe(10 + rooms.length - 1);
    expect(await current(other)).toEqual(last?.entitlement);
    await other.close();
  });

  test('are refused with STORE_UNAVAILABLE when the store is gone', async () => {
    await store.close();
    const change = { at: 1, entitlement: person };
    for (const attempt of [store.changes.put(change), store.changes.all(), store.changes.reassert([change])])
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    store = await place.open();
  });
});
