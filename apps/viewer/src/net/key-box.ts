import type { DeviceKey } from '@peekaboo/shared/device-key';
import { digest } from '@peekaboo/shared/device-key';
import { del, get, set } from 'idb-keyval';

/** A key that waits for the answer to this secret: kept, so that the same link can be tried again should the answer be lost. */
type Pending = { secret: string; key: DeviceKey };

const rememberedLinks = 20;

/** Where a browser keeps the key of one page between visits. It cannot be read out of there. */
export type KeyBox = {
  read(): Promise<DeviceKey | null>;
  /** Keeps the key that was made for this secret, and that the secret was opened here; the secret itself is let go. */
  keep(key: DeviceKey, secret: string): Promise<void>;
  /** Whether this browser has opened this secret before: parents open the same message again and again. */
  hasOpened(secret: string): Promise<boolean>;
  /** The key that was made for this secret before, if one was. */
  pendingFor(secret: string): Promise<DeviceKey | null>;
  /** Whether this browser has really kept it; a private window may not. */
  keepPending(pending: Pending): Promise<boolean>;
  forgetPending(): Promise<void>;
};

export function keyBox(page: 'guardian' | 'staff'): KeyBox {
  const key = `${page}-key`;
  const pending = `${page}-pending`;
  /** Hashes of secrets, the latest first. */
  const opened = `${page}-opened`;
  return {
    read: async () => (await readOrNothing<DeviceKey>(key)) ?? null,
    async keep(made, secret) {
      await set(key, made);
      const before = (await readOrNothing<string[]>(opened)) ?? [];
      await set(opened, [await digest(secret), ...before].slice(0, rememberedLinks));
      await del(pending);
    },
    async hasOpened(secret) {
      return ((await readOrNothing<string[]>(opened)) ?? []).includes(await digest(secret));
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
    forgetPending: () => del(pending),
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
