import type { Entitlement, InviteRequest } from '@peekaboo/shared/entitlement';
import type { SignalConfig } from '../apps/signal/src/config.ts';
import { newEntitlement, newInvite } from '../apps/signal/src/identity/invites.ts';
import type { EntitlementStore } from '../apps/signal/src/store/entitlement-store.ts';

/*
 * One-time links made by whoever runs the server, straight in the store, whether signal runs or not. That somebody used one is in
 * the ledger, as invited by `operator`.
 */

const by = 'operator';
type Place = { store: EntitlementStore; config: Pick<SignalConfig, 'nursery' | 'rooms' | 'periods'>; now: number };

/** Whether a device is bound to somebody who may administer. */
export async function isAdministered({ store, config, now }: Place): Promise<boolean> {
  const known = await store.list(config.nursery.id);
  return known.some(({ entitlement, devices }) => entitlement.right === 'administer' && devices.length > 0 && stands(entitlement, now));
}

/** A link for one who administers. Returns what is to be put behind signal's address. */
export function staffLink(place: Place): Promise<string> {
  return link(place, { role: 'staff', right: 'administer', rooms: [] });
}

/** So many fit into a pass, however long their names. */
const mostRoomsToTry = 80;

/** A link for a guardian who may watch the rooms, to try Peekaboo with. */
export function guardianLink(place: Place): Promise<string> {
  return link(place, { role: 'guardian', rooms: [...place.config.rooms.keys()].slice(0, mostRoomsToTry) });
}

/** Somebody whom an earlier link was for, and who never opened it, is invited again: nobody piles up. */
async function link({ store, config, now }: Place, request: InviteRequest): Promise<string> {
  const known = await store.list(config.nursery.id);
  const waiting = known.find(
    ({ entitlement, devices }) =>
      entitlement.createdBy === by && entitlement.role === request.role && devices.length === 0 && stands(entitlement, now),
  );
  const entitlement = waiting?.entitlement ?? newEntitlement(request, { nursery: config.nursery.id, by, now });
  if (!waiting) await store.add(entitlement);
  const { invite, path } = newInvite(entitlement, now + config.periods.pass.inviteForMs);
  await store.invite(invite, now);
  return path;
}

function stands({ ended, endsAt }: Entitlement, now: number): boolean {
  return !ended && (endsAt === undefined || endsAt > now);
}
