import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PeekabooError, StartError } from '@peekaboo/shared/errors';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import { type EditedHours, editedHours as editedHoursSchema } from '@peekaboo/shared/hours';
import type { Logger } from '@peekaboo/shared/log';
import { changesSchema, SqliteChanges } from './sqlite-changes.ts';
import { entitlementsSchema, SqliteEntitlements } from './sqlite-entitlements.ts';
import type { HoldSet, KnownHolds, Lift, Store } from './store.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS revision (one INTEGER PRIMARY KEY CHECK (one = 1), value INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO revision VALUES (1, 0);
  CREATE TABLE IF NOT EXISTS holds (
    id TEXT PRIMARY KEY, nursery TEXT, body TEXT NOT NULL, lifted_at INTEGER, lifted_by TEXT, lift_reason TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS hours (
    nursery TEXT NOT NULL, room TEXT NOT NULL, at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (nursery, room)
  ) STRICT;
`;

/** The store of one machine: a SQLite file, with write-ahead log and a sync to disk before any write is called done. */
export class SqliteStore implements Store {
  readonly entitlements: SqliteEntitlements;
  readonly changes = new SqliteChanges(
    (work) => this.#guard(() => work(this.#database)),
    (work) => this.#transaction(() => work(this.#database)),
    () => this.#nextRevision(),
  );
  readonly #path: string;
  #database: DatabaseSync;
  #inode: number;
  #closed = false;
  /** It is opened with `synchronous=FULL`. */
  readonly durabilityGaps = [];

  /** @throws StartError when the file cannot be opened. */
  constructor(dataFolder: string, log?: Logger) {
    this.entitlements = new SqliteEntitlements(
      (work) => this.#guard(() => work(this.#database)),
      (work) => this.#transaction(() => work(this.#database)),
      log,
    );
    this.#path = join(dataFolder, 'peekaboo.sqlite');
    try {
      mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
      this.#database = openDatabase(this.#path);
      this.#inode = statSync(this.#path).ino;
    } catch (error) {
      throw new StartError(`${this.#path}: cannot be opened (${(error as Error).message}); check the disk, or set PEEKABOO_DATA`);
    }
  }

  async holdSet(): Promise<HoldSet> {
    return this.#guard(() => {
      const rows = this.#database.prepare('SELECT body FROM holds WHERE lifted_at IS NULL ORDER BY rowid').all();
      return { revision: this.#revision(), holds: rows.map(({ body }) => holdSchema.parse(JSON.parse(String(body)))) };
    });
  }

  async revision(): Promise<number> {
    return this.#guard(() => this.#revision());
  }

  async addHold(hold: Hold): Promise<number> {
    return this.#transaction(() => {
      const insert = this.#database.prepare('INSERT OR IGNORE INTO holds (id, nursery, body) VALUES (?, ?, ?)');
      const { changes } = insert.run(hold.id, nurseryOf(hold), JSON.stringify(hold));
      return changes ? this.#nextRevision() : this.#revision();
    });
  }

  async lift({ hold, nursery, by, reason, at }: Lift): Promise<number> {
    return this.#transaction(() => {
      const select = this.#database.prepare('SELECT body FROM holds WHERE id = ? AND nursery = ? AND lifted_at IS NULL');
      const row = select.get(hold, nursery);
      if (!row) throw new PeekabooError('HOLD_UNKNOWN');
      if (holdSchema.parse(JSON.parse(String(row.body))).final) throw new PeekabooError('HOLD_FINAL');
      const update = this.#database.prepare('UPDATE holds SET lifted_at = ?, lifted_by = ?, lift_reason = ? WHERE id = ?');
      update.run(at, by, reason, hold);
      return this.#nextRevision();
    });
  }

  async reassert({ revision, holds, lifted }: KnownHolds): Promise<boolean> {
    return this.#transaction(() => {
      const insert = this.#database.prepare('INSERT OR IGNORE INTO holds (id, nursery, body) VALUES (?, ?, ?)');
      const end = this.#database.prepare('UPDATE holds SET lifted_at = 0 WHERE id = ? AND lifted_at IS NULL');
      const remember = this.#database.prepare("INSERT OR IGNORE INTO holds (id, body, lifted_at) VALUES (?, 'null', 0)");
      let changes = 0;
      for (const hold of holds) changes += Number(insert.run(hold.id, nurseryOf(hold), JSON.stringify(hold)).changes);
      for (const id of lifted) changes += Number(end.run(id).changes);
      const stored = this.#revision();
      if (stored >= revision && changes === 0) return false;
      for (const id of lifted) remember.run(id);
      this.#database.prepare('UPDATE revision SET value = ?').run(Math.max(stored, revision) + 1);
      return true;
    });
  }

  async editedHours(): Promise<EditedHours[]> {
    return this.#guard(() => {
      const rows = this.#database.prepare('SELECT at, body FROM hours ORDER BY nursery, room').all();
      return rows.map(({ at, body }) => editedHoursSchema.parse({ ...JSON.parse(String(body)), at }));
    });
  }

  async setHours(edited: EditedHours): Promise<number> {
    return this.#transaction(() => {
      const { nursery, room, at } = edited;
      const upsert = this.#database.prepare(
        'INSERT INTO hours VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = max(excluded.at, hours.at + 1), body = excluded.body',
      );
      upsert.run(nursery, room, at, JSON.stringify(edited));
      return this.#nextRevision();
    });
  }

  async reassertHours(known: readonly EditedHours[]): Promise<boolean> {
    return this.#transaction(() => {
      const upsert = this.#database.prepare(
        'INSERT INTO hours VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET at = excluded.at, body = excluded.body WHERE excluded.at > hours.at',
      );
      const changes = known.map((edited) => upsert.run(edited.nursery, edited.room, edited.at, JSON.stringify(edited)).changes);
      if (!changes.some(Boolean)) return false;
      this.#nextRevision();
      return true;
    });
  }

  /** None to tell: this process makes them all. */
  onChange(): void {}

  async close(): Promise<void> {
    this.#closed = true;
    this.#database.close();
  }

  /** SQLite keeps to the file that it opened, even when that is replaced or deleted, and what it writes there is lost. */
  #reopenIfReplaced(): void {
    const { ino } = statSync(this.#path);
    if (ino === this.#inode || this.#closed) return;
    if (this.#database.isOpen) this.#database.close(); // first, since it removes the log that lies beside the path
    this.#database = openDatabase(this.#path);
    this.#inode = ino;
  }

  #revision(): number {
    return Number(this.#database.prepare('SELECT value FROM revision').get()?.value);
  }

  #nextRevision(): number {
    return Number(this.#database.prepare('UPDATE revision SET value = value + 1 RETURNING value').get()?.value);
  }

  #transaction<T>(work: () => T): T {
    return this.#guard(() => {
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    });
  }

  #guard<T>(work: () => T): T {
    try {
      this.#reopenIfReplaced();
      return work();
    } catch (error) {
      if (error instanceof PeekabooError) throw error;
      throw new PeekabooError('STORE_UNAVAILABLE', {}, { cause: error });
    }
  }
}

function openDatabase(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600)); // SQLite would make it readable by all; its other files take after this one
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: 1_000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
  database.exec(schema + entitlementsSchema + changesSchema);
  return database;
}

function nurseryOf({ scope }: Hold): string | null {
  return scope.kind === 'all' ? null : scope.nursery;
}
