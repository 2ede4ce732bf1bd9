import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@peekaboo/shared/clock';
import type { ChangedEntitlement } from '@peekaboo/shared/entitlement';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import type { EditedHours } from '@peekaboo/shared/hours';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownEdits } from '../../apps/signal/src/known-edits.ts';
import { KnownHolds } from '../../apps/signal/src/known-holds.ts';
import { keyOfEdit } from '../../apps/signal/src/rooms.ts';
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
    const knownHours: KnownEdits<EditedHours> = new KnownEdits<EditedHours>({
      ...{ of: 'rooms', keyOf: keyOfEdit, log },
      stored: () => store.editedHours(),
      reassert: (lost) => store.reassertHours(lost),
      onChange: () => (hours = [...knownHours.all.values()]),
    });
    known = new KnownHolds(store, systemClock, log, [knownHours]);
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

  test('by an older copy is given the entitlements back as they were changed since', async () => {
    const facts = { nursery: 'willow', role: 'guardian', createdAt: 1, createdBy: 'director' } as const;
    const before = { ...facts, id: newId('guardian'), rooms: ['sun'] };
    await store.entitlements.add(before);
    const older = JSON.stringify((await store.entitlements.list('willow')).map(({ entitlement }) => entitlement));
    const changes: KnownEdits<ChangedEntitlement> = new KnownEdits<ChangedEntitlement>({
      ...{ of: 'guardians', keyOf: ({ entitlement }) => entitlement.id, log, onChange: () => undefined },
      stored: () => store.changes.all(),
      reassert: (lost) => store.changes.reassert(lost),
    });
    await store.changes.put({ at: 5, entitlement: { ...before, rooms: ['moon'] } });
    await changes.read();
    for (const suffix of ['', '-wal', '-shm']) rmSync(path(`peekaboo.sqlite${suffix}`));
    renameSync(path('older'), path('peekaboo.sqlite'));
    for (const one of JSON.parse(older)) await store.entitlements.add(one); // an older copy that knows the person
    await changes.read();
    expect((await store.entitlements.list('willow')).map(({ entitlement }) => entitlement.rooms)).toEqual([['moon']]);
    expect([...changes.all.values()]).toEqual([{ at: 5, entitlement: { ...before, rooms: ['moon'] } }]);
  });

  test('that is gone is unreadable: holds are not written where nobody finds them', async () => {
    rmSync(path('peekaboo.sqlite'));
    await expect(store.revision()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.addHold(hold())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(known.set).toEqual({ revision: 3, holds: [inForce] });
  });
});
