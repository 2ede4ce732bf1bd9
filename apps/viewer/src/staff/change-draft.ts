import type { ChangeRequest, Person } from '@peekaboo/shared/entitlement';
import { dayOf } from '../ui/times.ts';
import { draftOf } from './hours-draft.ts';
import { type InviteDraft, requestOf } from './invite-draft.ts';

/** What the form for a change begins with: what the person may now. Rooms that the nursery has no more are left out. */
export function draftFrom(person: Person, rooms: readonly { id: string }[], timeZone: string): InviteDraft {
  const { role, right = 'observe', reference = '', hours } = person;
  return {
    ...{ role, right, reference, lastDay: lastDayOf(person, timeZone) },
    rooms: new Set(person.rooms.filter((id) => rooms.some((room) => room.id === id))),
    weekly: hours ? draftOf(hours).weekly : null,
  };
}

/** What to ask for. What the form does not show stays: single dates, and an end within its day. */
export function changeOf(draft: InviteDraft, person: Person, timeZone: string): ChangeRequest {
  const { hours, endsAt, reference } = requestOf(draft, timeZone);
  const isSameDay = draft.lastDay === lastDayOf(person, timeZone);
  return {
    ...{ guardian: person.id, rooms: [...draft.rooms] },
    ...(person.role === 'staff' && { right: draft.right }),
    hours: hours ? { ...hours, exceptions: person.hours?.exceptions ?? [] } : null,
    endsAt: (isSameDay ? person.endsAt : endsAt) ?? null,
    reference: reference ?? null,
  };
}

/** The day that ends with the instant `endsAt`; empty for none. */
function lastDayOf({ endsAt }: Person, timeZone: string): string {
  return endsAt === undefined ? '' : dayOf(endsAt - 1, timeZone);
}
