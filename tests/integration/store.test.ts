import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import type { EditedHours } from '@peekaboo/shared/hours';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { RedisStore } from '../../apps/signal/src/store/redis.ts';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';
import type { Store } from '../../apps/signal/src/store/store.ts';
import { RedisServer } from '../support/redis-server.ts';

const { answerWithinMs } = defaultPeriods.store;

const hold = (room = 'sun'): Hold =>
  holdSchema.parse({ id: newId('hold'), scope: { kind: 'room', nursery: 'willow', room }, reason: 'r', by: newId('staff'), at: 1_000 });
const liftOf = ({ id }: Hold) => ({ hold: id, nursery: 'willow', by: newId('staff'), reason: 'over', at: 2_000 });

/** Where a kind of store keeps its data, and how a process opens it. */
type Place = { open: () => Promise<Store>; empty: () => Promise<void>; remove: () => Promise<void> };

async function sqlitePlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-store-'));
  return {
    open: async () => new SqliteStore(folder),
    empty: async () => rmSync(folder, { recursive: true, force: true }),
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function redisPlace(): Promise<Place> {
  const redis = await RedisServer.start();
  return {
    open: () => RedisStore.open({ url: redis.url, log: createLogger('test', 'silent'), answerWithinMs }),
    empty: async () => void (await redis.ask('FLUSHALL')),
    remove: () => redis.stop(),
  };
}

/** Every store keeps to this contract. */
describe.each([
  { name: 'SQLite', make: sqlitePlace },
  { name: 'Redis', make: redisPlace },
])('the store on $name', ({ make }) => {
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

  test('begins empty, at revision 0', async () => {
    expect(await store.holdSet()).toEqual({ revision: 0, holds: [] });
  });

  test('keeps holds in order, and the revision grows with each', async () => {
    const [first, second] = [hold('sun'), hold('moon')];
    expect(await store.addHold(first)).toBe(1);
    expect(await store.addHold(second)).toBe(2);
    expect(await store.holdSet()).toEqual({ revision: 2, holds: [first, second] });
    expect(await store.revision()).toBe(2);
  });

  test('a lift ends one hold and leaves the others; the revision grows', async () => {
    const [first, second] = [hold(), hold()];
    await store.addHold(first);
    await store.addHold(second);
    expect(await store.lift(liftOf(first))).toBe(3);
    expect(await store.holdSet()).toEqual({ revision: 3, holds: [second] });
  });

  test('a hold that is added again changes nothing, not even after it was lifted', async () => {
    const one = hold();
    await store.addHold(one);
    expect(await store.addHold(one)).toBe(1);
    await store.lift(liftOf(one));
    expect(await store.addHold(one)).toBe(2);
    expect(await store.holdSet()).toEqual({ revision: 2, holds: [] });
  });

  test('a hold that is unknown, lifted, or of another nursery cannot be lifted', async () => {
    const one = hold();
    await store.addHold(one);
    await expect(store.lift(liftOf(hold()))).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    await expect(store.lift({ ...liftOf(one), nursery: 'elsewhere' })).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    await store.lift(liftOf(one));
    await expect(store.lift(liftOf(one))).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    expect(await store.revision()).toBe(2);
  });

  test('a hold of every nursery is no one nursery’s to lift', async () => {
    const everyone: Hold = { ...hold(), scope: { kind: 'all' } };
    await store.addHold(everyone);
    await expect(store.lift(liftOf(everyone))).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    expect(await store.holdSet()).toEqual({ revision: 1, holds: [everyone] });
  });

  test('a revocation is never lifted, and outlives a store that went back', async () => {
    const guardian = newId('guardian');
    const final: Hold = { ...hold(), scope: { kind: 'guardian', nursery: 'willow', guardian }, final: true };
    await store.addHold(final);
    await expect(store.lift(liftOf(final))).rejects.toMatchObject({ code: 'HOLD_FINAL' });
    await expect(store.lift({ ...liftOf(final), nursery: 'elsewhere' })).rejects.toMatchObject({ code: 'HOLD_UNKNOWN' });
    expect(await store.holdSet()).toEqual({ revision: 1, holds: [final] });
    await store.close();
    await place.empty();
    store = await place.open();
    await store.reassert({ revision: 1, holds: [final], lifted: [] });
    expect(await store.holdSet()).toEqual({ revision: 2, holds: [final] });
    await expect(store.lift(liftOf(final))).rejects.toMatchObject({ code: 'HOLD_FINAL' });
  });

  describe('asked to keep hours', () => {
    const closed = { weekly: {}, exceptions: [{ date: '2026-12-25', windows: [] }] };
    const edit = (room: string, at: number, hours: EditedHours['hours'] = closed): EditedHours => ({
      ...{ nursery: 'willow', room, hours, by: 'director', at },
    });

    test('keeps one edit a room, under the revision of the holds, and for whoever opens it next', async () => {
      expect(await store.editedHours()).toEqual([]);
      await store.addHold(hold());
      expect(await store.setHours(edit('sun', 10))).toBe(2);
      expect(await store.setHours(edit('moon', 20, { weekly: { mon: ['08:00-18:00'], tue: [] }, exceptions: [] }))).toBe(3);
      expect(await store.setHours(edit('sun', 30, null))).toBe(4);
      expect(await store.revision()).toBe(4);
      await store.close();
      store = await place.open();
      expect((await store.editedHours()).toSorted((a, b) => a.at - b.at)).toEqual([
        edit('moon', 20, { weekly: { mon: ['08:00-18:00'], tue: [] }, exceptions: [] }),
        edit('sun', 30, null),
      ]);
      expect((await store.holdSet()).holds).toHaveLength(1);
    });

    test('the last word counts, were it said by a clock that is behind', async () => {
      await store.setHours(edit('sun', 1_780_000_000_000, null));
      await store.setHours(edit('sun', 7));
      expect(await store.editedHours()).toEqual([edit('sun', 1_780_000_000_001)]);
    });

    test('takes back what it has lost, and only what is later than its own', async () => {
      await store.setHours(edit('sun', 10));
      await store.setHours(edit('moon', 20));
      expect(await store.reassertHours([edit('sun', 10, null), edit('moon', 19, null)])).toBe(false);
      expect(await store.revision()).toBe(2);
      expect(await store.reassertHours([edit('sun', 11, null), edit('moon', 19, null), edit('sky', 5)])).toBe(true);
      expect(await store.revision()).toBe(3);
      expect((await store.editedHours()).toSorted((a, b) => a.at - b.at)).toEqual([
        edit('sky', 5),
        edit('sun', 11, null),
        edit('moon', 20),
      ]);
    });
  });

  test('a reason in any script, with quotes and line breaks, comes back as it was', async () => {
    const odd = { ...hold(), reason: 'a "quote", a \\ and\n1 new line; \u{1F423} žluťoučký \u0000' };
    await store.addHold(odd);
    expect((await store.holdSet()).holds).toEqual([odd]);
    expect(await store.lift({ ...liftOf(odd), reason: odd.reason })).toBe(2);
  });

  test('what was added is there for whoever opens it next', async () => {
    const one = hold();
    await store.addHold(one);
    await store.close();
    store = await place.open();
    expect(await store.holdSet()).toEqual({ revision: 1, holds: [one] });
  });

  test('what one adds and lifts, another sees', async () => {
    const other = await place.open();
    const [first, second] = [hold(), hold()];
    await store.addHold(first);
    await other.addHold(second);
    await store.lift(liftOf(second));
    expect(await other.holdSet()).toEqual({ revision: 3, holds: [first] });
    await other.close();
  });

  test('200 changes at once from two sides: no revision is given twice, and the set is right', async () => {
    const other = await place.open();
    const [lifted, kept] = [Array.from({ length: 100 }, () => hold()), Array.from({ length: 100 }, () => hold())];
    const sides = [store, other];
    const side = (index: number) => sides[index % 2] as Store;
    const revisions = (
      await Promise.all([
        ...lifted.map(async (one, index) => [await side(index).addHold(one), await side(index + 1).lift(liftOf(one))]),
        ...kept.map(async (one, index) => [await side(index).addHold(one)]),
      ])
    ).flat();
    expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
    const set = await other.holdSet();
    expect(set.revision).toBe(300);
    expect(set.holds.map(({ id }) => id).sort()).toEqual(kept.map(({ id }) => id).sort());
    await other.close();
  });

  describe('given what a signal knows', () => {
    test('changes nothing when it has lost nothing', async () => {
      const [one, over] = [hold(), hold()];
      await store.addHold(one);
      await store.addHold(over);
      await store.lift(liftOf(over));
      expect(await store.reassert({ revision: 3, holds: [one], lifted: [over.id] })).toBe(false);
      expect(await store.reassert({ revision: 2, holds: [one, over], lifted: [] })).toBe(false);
      expect(await store.holdSet()).toEqual({ revision: 3, holds: [one] });
    });

    test('an empty one has the known holds again, in their order, above the known revision', async () => {
      const holds = [hold(), hold(), hold()].map((each, index) => ({ ...each, at: index }));
      expect(await store.reassert({ revision: 7, holds, lifted: [] })).toBe(true);
      expect(await store.holdSet()).toEqual({ revision: 8, holds });
      expect(await store.reassert({ revision: 7, holds, lifted: [] })).toBe(false);
    });

    test('an older one ends what is known to be lifted, for good, and keeps what only it knows', async () => {
      const [over, onlyHere, known, forgotten] = [hold(), hold(), hold(), hold()];
      await store.addHold(over);
      await store.addHold(onlyHere);
      expect(await store.reassert({ revision: 9, holds: [known], lifted: [over.id, forgotten.id] })).toBe(true);
      expect(await store.holdSet()).toEqual({ revision: 10, holds: [onlyHere, known] });
      expect(await store.addHold(over)).toBe(10);
      expect(await store.addHold(forgotten)).toBe(10);
    });

    test('one that has moved on without a known hold is given it, however high its revision', async () => {
      const known = hold();
      for (let count = 0; count < 5; count += 1) await store.addHold(hold());
      expect(await store.reassert({ revision: 2, holds: [known], lifted: [] })).toBe(true);
      const set = await store.holdSet();
      expect(set.revision).toBe(6);
      expect(set.holds.at(-1)).toEqual(known);
    });

    test('a hold that was lifted there is not brought back', async () => {
      const one = hold();
      await store.addHold(one);
      await store.lift(liftOf(one));
      expect(await store.reassert({ revision: 9, holds: [one], lifted: [] })).toBe(true);
      expect(await store.holdSet()).toEqual({ revision: 10, holds: [] });
    });

    test('by two signals at once ends with what either knows', async () => {
      const other = await place.open();
      const [early, late] = [hold(), { ...hold(), at: 2_000 }];
      const [one, two] = await Promise.all([
        store.reassert({ revision: 5, holds: [early], lifted: [] }),
        other.reassert({ revision: 7, holds: [early, late], lifted: [] }),
      ]);
      expect([one, two]).toContain(true);
      const set = await store.holdSet();
      expect(set.revision).toBeGreaterThan(7);
      expect(set.holds).toEqual([early, late]);
      await other.close();
    });
  });

  test('refuses with STORE_UNAVAILABLE when it is gone', async () => {
    await store.close();
    const known = { revision: 1, holds: [], lifted: [] };
    const edit = { nursery: 'willow', room: 'sun', hours: null, by: 'director', at: 1 };
    for (const attempt of [store.editedHours(), store.setHours(edit), store.reassertHours([edit])])
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    for (const attempt of [store.holdSet(), store.revision(), store.addHold(hold()), store.lift(liftOf(hold())), store.reassert(known)]) {
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    store = await place.open();
  });
});
