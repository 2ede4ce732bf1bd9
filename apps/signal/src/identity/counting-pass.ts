import type { ChangedEntitlement } from '@peekaboo/shared/entitlement';
import type { Pass } from '@peekaboo/shared/pass';

/**
 * A pass as it counts now. It says who somebody is, for good; what they may it says as it was when it was issued, up to an hour ago. What
 * staff have changed of that takes its place, whether it is more or less.
 */
export function countingPass(pass: Pass, changes: ReadonlyMap<string, ChangedEntitlement>): Pass {
  const changed = pass.role === 'sfu' ? undefined : changes.get(pass.sub)?.entitlement;
  if (changed?.nursery !== pass.nursery) return pass;
  const { hours: _, right: __, ...issued } = pass;
  const { rooms, hours, right, endsAt } = changed;
  const exp = Math.min(pass.exp, Math.floor((endsAt ?? Number.POSITIVE_INFINITY) / 1_000)); // as it would be issued: no later, in whole seconds
  return { ...issued, rooms, ...(hours && { hours }), ...(right && { right }), exp };
}
