import { createLogger } from '@peekaboo/shared/log';
import type { SignalConfig } from '../../apps/signal/src/config.ts';
import { newEntitlement, newInvite } from '../../apps/signal/src/identity/invites.ts';
import { openStore } from '../../apps/signal/src/store/open-store.ts';
import { never } from './or-aborted.ts';

const by = 'load';
const standsForMs = 6 * 3_600_000;
const roomsAtMost = 64;

/** Guardians who were invited for one run. */
export type Invited = {
  /** One for each of them, good once. */
  links: string[];
  /** Ends their entitlements, so that nobody can use them again. */
  end: () => Promise<void>;
};

/**
 * Invites so many guardians to all rooms, straight in the store, as `npm run staff-link` does for staff. For nobody the store is left alone.
 * @param url goes before the path of each link. @param signal stops it; who was invited then is invited no more.
 */
export async function inviteGuardians(config: SignalConfig, url: string, count: number, signal: AbortSignal = never): Promise<Invited> {
  if (count === 0) return { links: [], end: async () => undefined };
  const store = await openStore(config, createLogger('load', 'silent'));
  const nursery = config.nursery.id;
  const now = Date.now();
  const request = { role: 'guardian', rooms: [...config.rooms.keys()].slice(0, roomsAtMost), endsAt: now + standsForMs } as const;
  const entitlements = Array.from({ length: count }, () => newEntitlement({ ...request, rooms: [...request.rooms] }, { nursery, by, now }));
  const added: string[] = [];
  const links: string[] = [];
  const end = async () => {
    try {
      for (const id of added) await store.entitlements.end(id, nursery, { at: Date.now(), by });
    } finally {
      await store.close();
    }
  };
  try {
    for (const entitlement of entitlements) {
      signal.throwIfAborted();
      const { invite, path } = newInvite(entitlement, now + config.periods.pass.inviteForMs);
      added.push(entitlement.id);
      await store.entitlements.add(entitlement);
      await store.entitlements.invite(invite, now);
      links.push(url + path);
    }
    return { links, end };
  } catch (error) {
    await end();
    throw error;
  }
}
