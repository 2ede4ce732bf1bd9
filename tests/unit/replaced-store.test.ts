import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@peekaboo/shared/clock';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import type { EditedHours } from '@peekaboo/shared/hours';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownHolds } from '../../apps/signal/src/known-holds.ts';
import { KnownHours } from '../../apps/signal/src/known-hours.ts';
import { SqliteStore } from '../../apps/signal/src/store/sqlite.ts';

const hold = (): Hold =>
  holdSchema.parse({ id: newId('hold'), scope: { kind: 'nursery', nursery: 'willow' }, reason: 'r', by: newId('staff'), at: 1_000 });
const liftOf = ({ id }: Hold) => ({ hold: id, nursery: 'willow', by: newId('staff'), reason: 'over', at: 2_000 });

describe('a SQLite file that is replaced while signal runs', () => {
  const [lifted, inForce] = [hold(), hold()];
  const log = createLogger('test', 'silent');
  const closed: EditedHours = { nursery: 'willow', room: 'sun', hours: { weekly: {}, exceptions: [] }, by: 'director', at: 5 };
  let hours: EditedHours[];
  let folder: string;
  let store: SqliteStore;
  let known: KnownHolds;
  const path = (name: string) => join(folder, name);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-store-'));
    const first = new SqliteStore(folder);
    await first.addHold(lifted);
    await first.close();
    copyFileSync(path('peekaboo.sqlite'), path('older')); // of a closed store, and so whole
    store = new SqliteStore(folder);
    known = new KnownHolds(store, systemClock, log, new KnownHours(store, log, (edits) => (hours = [...edits.values()])));
    await known.read();
    await store.lift(liftOf(lifted));
    await store.addHold(inForce);
    await known.read();
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  test('by an older copy is given what is known, and nothing is taken back', async () => {
    for (const suffix of ['', '-wal', '-shm']) rmSync(path(`peekaboo.sqlite${suffix}`));
    renameSync(path('older'), path('peekaboo.sqlite'));
    expect(await store.revision()).toBe(1);
    expect(await known.read()).toEqual({ revision: 4, holds: [inForce] });
    expect(await known.read()).toEqual({ revision: 4, holds: [inForce] });
    await store.close();
    store = new SqliteStore(folder);
    expect(await store.holdSet()).toEqual({ revision: 4, holds: [inForce] });
  });

  test('by an older copy is given the hours back that were set since; what is set next counts', async () => {
    await store.setHours(closed);
    await known.read();
    expect(hours).toEqual([closed]);
    for (const suffix of ['', '-wal', '-shm']) rmSync(path(`peekaboo.sqlite${suffix}`));
    renameSync(path('older'), path('peekaboo.sqlite'));
    expect(await store.editedHours()).toEqual([]);
    await known.read();
    expect(await store.editedHours()).toEqual([closed]);
    await store.setHours({ ...closed, hours: null, at: 9 });
    await known.read();
    expect(hours).toEqual([{ ...closed, hours: null, at: 9 }]);
  });

  test('that is gone is unreadable: holds are not written where nobody finds them', async () => {
    rmSync(path('peekaboo.sqlite'));
    await expect(store.revision()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.addHold(hold())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(known.set).toEqual({ revision: 3, holds: [inForce] });
  });
});
