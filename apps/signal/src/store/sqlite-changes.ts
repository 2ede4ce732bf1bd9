import type { DatabaseSync } from 'node:sqlite';
import type { ChangedEntitlement, Entitlement } from '@peekaboo/shared/entitlement';
import type { ChangeStore } from './change-store.ts';
import { changesReader } from './read-changes.ts';

export const changesSchema = `
  CREATE TABLE IF NOT EXISTS changes (id TEXT PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL) STRICT;
`;

type Work = <T>(work: (database: DatabaseSync) => T) => T;

/** The changed entitlements of a SQLite store; `read` and `change` are the store's own, `nextRevision` counts a change within one. */
export class SqliteChanges implements ChangeStore {
  readonly #read: Work;
  readonly #change: Work;
  readonly #nextRevision: () => void;
  readonly #parsed = changesReader();

  constructor(read: Work, change: Work, nextRevision: () => void) {
    this.#read = read;
    this.#change = change;
    this.#nextRevision = nextRevision;
  }

  async put({ at, entitlement }: ChangedEntitlement): Promise<boolean> {
    return this.#change((database) => {
      if (!replace(database, entitlement)) return false;
      const upsert = database.prepare(
        'INSERT INTO changes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = max(excluded.at, changes.at + 1), body = excluded.body',
      );
      upsert.run(entitlement.id, at, JSON.stringify(entitlement));
      this.#nextRevision();
      return true;
    });
  }

  async all(): Promise<ChangedEntitlement[]> {
    return this.#read((database) => {
      const rows = database.prepare("SELECT at || ' ' || body AS entry FROM changes ORDER BY rowid").all();
      return this.#parsed(rows.map(({ entry }) => String(entry)));
    });
  }

  async reassert(known: readonly ChangedEntitlement[]): Promise<boolean> {
    return this.#change((database) => {
      const upsert = database.prepare(
        'INSERT INTO changes VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at > changes.at',
      );
      const lost = known.filter(({ at, entitlement }) => upsert.run(entitlement.id, at, JSON.stringify(entitlement)).changes);
      if (lost.length === 0) return false;
      for (const { entitlement } of lost) replace(database, entitlement);
      this.#nextRevision();
      return true;
    });
  }
}

/** Whether there is one to be replaced, which was not ended. */
function replace(database: DatabaseSync, entitlement: Entitlement): boolean {
  const update = database.prepare("UPDATE entitlements SET body = ? WHERE id = ? AND nursery = ? AND body ->> '$.ended' IS NULL");
  return update.run(JSON.stringify(entitlement), entitlement.id, entitlement.nursery).changes > 0;
}
