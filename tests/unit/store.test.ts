import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';
import type { Store } from '../../apps/signal/src/store/store.ts';

const hold = (room = 'sun'): Hold =>
  holdSchema.parse({ id: newId('hold'), scope: { kind: 'room', nursery: 'willow', room }, reason: 'r', by: newId('staff'), at: 1_000 });
const liftOf = ({ id }: Hold) => ({ hold: id, nursery: 'willow', by: newId('staff'), reason: 'over', at: 2_000 });

/** Every store keeps to this contract. `reopen` returns what another process would see. */
describe.each([{ name: 'SQLite', open: (folder: string): Store => new SqliteStore(folder) }])('the store on $name', ({ open }) => {
  let folder: string;
  let store: Store;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-store-'));
    store = open(folder);
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

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

  test('what was added is there for whoever opens it next', async () => {
    const one = hold();
    await store.addHold(one);
    await store.close();
    store = open(folder);
    expect(await store.holdSet()).toEqual({ revision: 1, holds: [one] });
  });

  test('refuses with STORE_UNAVAILABLE when it is gone', async () => {
    await store.close();
    for (const attempt of [store.holdSet(), store.revision(), store.addHold(hold()), store.lift(liftOf(hold()))]) {
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    store = open(folder);
  });
});
