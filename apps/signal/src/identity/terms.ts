import { type ChangeRequest, type Entitlement, identityProvider, inviteRequest } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import { findHoursMistakes } from '../admission/hours.ts';
import { fitsIntoPass } from './pass-terms.ts';

type Place = { readonly nursery: { timeZone: string }; has(room: string): boolean };

/** Refuses what cannot be kept: rooms that are not there, an end that is over, hours that do not exist. @throws PeekabooError HOURS_INVALID, BAD_MESSAGE. */
export function refuseBadTerms({ rooms, hours, endsAt }: Pick<Entitlement, 'rooms' | 'hours' | 'endsAt'>, place: Place, now: number): void {
  const badHours = hours ? findHoursMistakes(hours, place.nursery.timeZone) : [];
  if (badHours.length > 0) throw new PeekabooError('HOURS_INVALID', { fields: badHours.slice(0, 10).map((each) => each.slice(0, 200)) });
  const mistakes: string[] = [];
  const stray = rooms.find((room) => !place.has(room));
  if (stray !== undefined) mistakes.push(`rooms: there is no room "${stray}"`);
  if (endsAt !== undefined && endsAt <= now) mistakes.push('endsAt: is over already');
  if (!fitsIntoPass({ rooms, ...(hours && { hours }) })) mistakes.push('hours, rooms: too many to be written into a pass');
  if (mistakes.length > 0) throw new PeekabooError('BAD_MESSAGE', { fields: mistakes });
}

/** The entitlement with what is asked for in the place of what it said. @throws PeekabooError BAD_MESSAGE when that does not fit its role, or is not decided here. */
export function withTerms(known: Entitlement, { guardian: _, hours, endsAt, reference, ...terms }: ChangeRequest): Entitlement {
  if (known.createdBy === identityProvider)
    throw new PeekabooError('BAD_MESSAGE', { fields: ['guardian: what they may is decided by the identity provider'] });
  const given = { ...(hours && { hours }), ...(endsAt !== null && { endsAt }), ...(reference !== null && { reference }) };
  const fits = inviteRequest.safeParse({ role: known.role, ...terms, ...given });
  if (!fits.success) {
    const fields = fits.error.issues.slice(0, 5).map(({ path, message }) => `${path.join('.') || 'message'}: ${message}`.slice(0, 200));
    throw new PeekabooError('BAD_MESSAGE', { fields });
  }
  const { id, nursery, createdAt, createdBy } = known;
  return { id, nursery, createdAt, createdBy, ...fits.data };
}
