import type { Clock } from '@peekaboo/shared/clock';
import { type ChangeRequest, type Entitlement, includesRight } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Ledger } from '../audit/ledger.ts';
import type { Holds } from '../holds.ts';
import type { Rooms } from '../rooms.ts';
import type { Store } from '../store/store.ts';
import type { Entitlements } from './entitlements.ts';
import { refuseBadTerms, withTerms } from './terms.ts';

type Options = { rooms: Rooms; store: Store; ledger: Ledger; holds: Holds; entitlements: Entitlements; clock: Clock };

/**
 * Changes what somebody may, on all their devices, which stay set up. Resolves once that is durable, in the store and in the ledger,
 * and every open view was admitted again: what they may not see any more is closed, and the SFUs know of any new end.
 * @throws PeekabooError PERSON_UNKNOWN, LAST_ADMINISTRATOR, HOURS_INVALID, BAD_MESSAGE, STORE_UNAVAILABLE: also when the ledger is not writable.
 */
export async function changeEntitlement(request: ChangeRequest, by: string, options: Options): Promise<void> {
  const { rooms, store, ledger, holds, entitlements, clock } = options;
  if (!ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
  const known = await entitlements.standing(request.guardian);
  const changed = withTerms(known, request);
  refuseBadTerms(changed, rooms, clock.now());
  if (known.id === by && administers(known) && !administers(changed)) await refuseToLast(by, entitlements);
  if (!(await store.changes.put({ at: clock.now(), entitlement: changed }))) throw new PeekabooError('PERSON_UNKNOWN'); // removed meanwhile
  const { rooms: mayWatch, right, hours = null, endsAt = null } = changed;
  const detail = { ...(right && { right }), rooms: mayWatch, hours, endsAt };
  const told = ledger.recordDurably({ kind: 'entitlement.changed', actor: by, subject: changed.id, detail });
  await Promise.all([told, holds.load()]); // which reads the changes, too: they share the revision. No closing waits for the ledger
}

/** For whoever is about to give up administering. @throws PeekabooError LAST_ADMINISTRATOR unless somebody else does, on a device that is set up. */
export async function refuseToLast(id: string, entitlements: Entitlements): Promise<void> {
  const people = await entitlements.list(new Map());
  if (!people.some((each) => each.id !== id && each.state === 'active' && administers(each))) throw new PeekabooError('LAST_ADMINISTRATOR');
}

function administers({ right }: Pick<Entitlement, 'right'>): boolean {
  return includesRight(right, 'administer');
}
