import { createLogger } from '@peekaboo/shared/log';
import type { SignalConfig } from '../../apps/signal/src/config.ts';
import { newEntitlement, newInvite } from '../../apps/signal/src/identity/invites.ts';
import { openStore } from '../../apps/signal/src/store/open-store.ts';

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

/** Invites so many guardians to all rooms, straight in the store, as `npm run staff-link` does for staff. @param url goes before the path of each link. */
export async function inviteGuardians(config: SignalConfig, url: string, count: number): Promise<Invited> {
  const store = await openStore(config, createLogger('load', 'silent'));
  const nursery = config.nursery.id;
  const now = Date.now();
  const request = { role: 'guardian', rooms: [...config.rooms.keys()].slice(0, roomsAtMost), endsAt: now + standsForMs } as const;
  const entitlements = Array.from({ length: count }, () => newEntitlement({ ...request, rooms: [...request.rooms] }, { nursery, by, now }));
  const links: string[] = [];
  for (const entitlement of entitlements) {
    const { invite, path } = newInvite(entitlement, now + config.periods.pass.inviteForMs);
    await store.entitlements.add(entitlement);
    await store.entitlements.invite(invite, now);
    links.push(url + path);
  }
  return {
    links,
    async end() {
      for (const { id } of entitlements) await store.entitlements.end(id, nursery, { at: Date.now(), by });
      await store.close();
    },
  };
}
