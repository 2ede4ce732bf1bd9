import type { DatabaseSync } from 'node:sqlite';
import { type Device, device as deviceSchema, type Entitlement, entitlement as entitlementSchema } from '@peekaboo/shared/entitlement';
import type { Logger } from '@peekaboo/shared/log';
import { EntitlementRows, type StoredRow } from './entitlement-rows.ts';
import {
  type Bound,
  type EntitlementStore,
  type Invite,
  type Known,
  mostVouchedDevices,
  type Refused,
  type Swap,
} from './entitlement-store.ts';

export const entitlementsSchema = `
  CREATE TABLE IF NOT EXISTS entitlements (id TEXT PRIMARY KEY, nursery TEXT NOT NULL, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS devices (jkt TEXT PRIMARY KEY, entitlement TEXT NOT NULL, pass TEXT NOT NULL, since INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS invites (
    hash TEXT PRIMARY KEY, entitlement TEXT NOT NULL, role TEXT NOT NULL, expires_at INTEGER NOT NULL, used_by TEXT
  ) STRICT;
  CREATE TABLE IF NOT EXISTS withdrawn (entitlement TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
`;

const deviceAsJson = "json_object('jkt', jkt, 'pass', pass, 'since', since, 'entitlement', entitlement)";

type Work = <T>(work: (database: DatabaseSync) => T) => T;

/** The entitlements of a SQLite store; `read` and `change` are the store's own. */
export class SqliteEntitlements implements EntitlementStore {
  readonly #read: Work;
  readonly #change: Work;
  readonly #rows: EntitlementRows;

  constructor(read: Work, change: Work, log?: Logger) {
    this.#read = read;
    this.#change = change;
    this.#rows = new EntitlementRows(log);
  }

  async add(entitlement: Entitlement): Promise<void> {
    this.#change((database) => insert(database, entitlement));
  }

  async invite({ hash, entitlement, role, expiresAt }: Invite, now: number): Promise<void> {
    this.#change((database) => {
      database.prepare('DELETE FROM invites WHERE expires_at <= ?').run(now);
      forgetUnused(database, entitlement);
      database.prepare('INSERT INTO invites VALUES (?, ?, ?, ?, NULL)').run(hash, entitlement, role, expiresAt);
    });
  }

  async swap({ hash, nursery, role, device, now }: Swap): Promise<Bound | Refused | undefined> {
    return this.#change((database) => {
      const invite = database.prepare('SELECT * FROM invites WHERE hash = ?').get(hash);
      const entitlement = invite && find(database, String(invite.entitlement));
      if (entitlement?.nursery !== nursery) return undefined;
      if (entitlement.ended) return { refused: 'ended', entitlement: entitlement.id };
      const isGood =
        invite?.role === role && Number(invite.expires_at) > now && [null, device.jkt].includes(invite.used_by as string | null);
      if (!isGood) return { refused: 'used', entitlement: entitlement.id };
      if (invite.used_by === device.jkt) return bound(database, device.jkt);
      database.prepare('UPDATE invites SET used_by = ? WHERE hash = ?').run(device.jkt, hash);
      bindDevice(database, entitlement.id, device);
      return { entitlement, device };
    });
  }

  async vouch({ entitlement, invite, device, now }: { entitlement: Entitlement; invite: Invite; device: Device; now: number }) {
    return this.#change((database): Bound | Refused => {
      const stored = find(database, entitlement.id);
      const withdrawn = database.prepare('SELECT at FROM withdrawn WHERE entitlement = ?').get(entitlement.id);
      if (stored?.ended || (withdrawn && entitlement.createdAt <= Number(withdrawn.at)))
        return { refused: 'ended', entitlement: entitlement.id };
      database.prepare('DELETE FROM invites WHERE expires_at <= ?').run(now);
      const use = database.prepare('INSERT OR IGNORE INTO invites VALUES (?, ?, ?, ?, ?)');
      use.run(invite.hash, invite.entitlement, invite.role, invite.expiresAt, device.jkt);
      if (database.prepare('SELECT used_by FROM invites WHERE hash = ?').get(invite.hash)?.used_by !== device.jkt)
        return { refused: 'used', entitlement: entitlement.id };
      insert(database, entitlement);
      if (stored && stored.createdAt <= entitlement.createdAt)
        database.prepare('UPDATE entitlements SET body = ? WHERE id = ?').run(JSON.stringify(entitlement), entitlement.id);
      if (bound(database, device.jkt)?.entitlement.id !== entitlement.id) {
        bindDevice(database, entitlement.id, device);
        const newest = 'SELECT jkt FROM devices WHERE entitlement = ? ORDER BY rowid DESC LIMIT ?';
        const forget = database.prepare(`DELETE FROM devices WHERE entitlement = ? AND jkt NOT IN (${newest})`);
        forget.run(entitlement.id, entitlement.id, mostVouchedDevices);
      }
      return bound(database, device.jkt) as Bound;
    });
  }

  async withdraw(pass: string, nursery: string, at: number): Promise<void> {
    this.#change((database) => {
      const id = database.prepare('SELECT entitlement FROM devices WHERE pass = ?').get(pass)?.entitlement;
      if (id === undefined || find(database, String(id))?.nursery !== nursery) return;
      forgetUnused(database, String(id));
      database.prepare('INSERT INTO withdrawn VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)').run(id, at);
    });
  }

  async ofDevice(jkt: string): Promise<Bound | undefined> {
    return this.#read((database) => bound(database, jkt));
  }

  async list(nursery: string): Promise<Known[]> {
    const [entitlements, devices, invites] = this.#read((database) => [
      database.prepare('SELECT id AS key, body AS text FROM entitlements ORDER BY rowid').all(),
      database.prepare(`SELECT jkt AS key, ${deviceAsJson} AS text FROM devices ORDER BY rowid`).all(),
      database.prepare('SELECT entitlement, expires_at FROM invites WHERE used_by IS NULL').all(),
    ]);
    const inviteUntil = new Map(invites.map((row) => [String(row.entitlement), Number(row.expires_at)]));
    return this.#rows.read(nursery, entitlements as StoredRow[], devices as StoredRow[], inviteUntil);
  }

  async find(id: string): Promise<Entitlement | undefined> {
    return this.#read((database) => find(database, id));
  }

  async end(id: string, nursery: string, ended: NonNullable<Entitlement['ended']>): Promise<boolean> {
    return this.#change((database) => {
      const entitlement = find(database, id);
      if (entitlement?.nursery !== nursery) return false;
      const body = JSON.stringify({ ...entitlement, ended: entitlement.ended ?? ended });
      database.prepare('UPDATE entitlements SET body = ? WHERE id = ?').run(body, id);
      return true;
    });
  }
}

function insert(database: DatabaseSync, entitlement: Entitlement): void {
  const statement = database.prepare('INSERT OR IGNORE INTO entitlements VALUES (?, ?, ?)');
  statement.run(entitlement.id, entitlement.nursery, JSON.stringify(entitlement));
}

function forgetUnused(database: DatabaseSync, entitlement: string): void {
  database.prepare('DELETE FROM invites WHERE entitlement = ? AND used_by IS NULL').run(entitlement);
}

function bindDevice(database: DatabaseSync, entitlement: string, { jkt, pass, since }: Device): void {
  database.prepare('INSERT OR REPLACE INTO devices VALUES (?, ?, ?, ?)').run(jkt, entitlement, pass, since);
}

function bound(database: DatabaseSync, jkt: string): Bound | undefined {
  const row = database.prepare('SELECT * FROM devices WHERE jkt = ?').get(jkt);
  const entitlement = row && find(database, String(row.entitlement));
  return entitlement && { entitlement, device: deviceOf(row) };
}

function find(database: DatabaseSync, id: string): Entitlement | undefined {
  const row = database.prepare('SELECT body FROM entitlements WHERE id = ?').get(id);
  return row && parse(row.body);
}

function parse(body: unknown): Entitlement {
  return entitlementSchema.parse(JSON.parse(String(body)));
}

function deviceOf({ jkt, pass, since }: Record<string, unknown>): Device {
  return deviceSchema.parse({ jkt, pass, since });
}
