import type { DeviceKey } from '@peekaboo/shared/device-key';
import { del, get, set } from 'idb-keyval';

/** A key that waits for the answer to this secret: kept, so that the same link can be tried again should the answer be lost. */
type Pending = { secret: string; key: DeviceKey };

/** Where a browser keeps the key of one page between visits. It cannot be read out of there, and there is nothing else to keep. */
export type KeyBox = {
  read(): Promise<DeviceKey | null>;
  keep(key: DeviceKey): Promise<void>;
  /** The key that was made for this secret before, if one was. */
  pendingFor(secret: string): Promise<DeviceKey | null>;
  /** Whether this browser has really kept it; a private window may not. */
  keepPending(pending: Pending): Promise<boolean>;
};

export function keyBox(page: 'guardian' | 'staff'): KeyBox {
  const key = `${page}-key`;
  const pending = `${page}-pending`;
  return {
    read: async () => (await readOrNothing<DeviceKey>(key)) ?? null,
    async keep(made) {
      await set(key, made);
      await del(pending);
    },
    async pendingFor(secret) {
      const kept = await readOrNothing<Pending>(pending);
      return kept?.secret === secret ? kept.key : null;
    },
    async keepPending(made) {
      try {
        await set(pending, made);
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** Where storage is forbidden, browsers do not reject: they throw. */
async function readOrNothing<T>(name: string): Promise<T | undefined> {
  try {
    return await get<T>(name);
  } catch {
    return undefined;
  }
}
