import { type InviteRequest, type Person, reference, type StaffRight } from '@peekaboo/shared/entitlement';
import { endOfDay } from '../ui/times.ts';
import { type Draft, hasEmptyWindow, hoursOf } from './hours-draft.ts';

/** What the form for an invitation holds. `lastDay` is `2027-07-31`, or empty for none. */
export type InviteDraft = {
  role: Person['role'];
  rooms: ReadonlySet<string>;
  right: StaffRight;
  reference: string;
  lastDay: string;
  /** Null: whenever the room is open. */
  weekly: Draft['weekly'] | null;
};

export type DraftMistake = 'rooms' | 'reference' | 'last-day' | 'hours';

const workday = [{ from: '08:00', to: '18:00' }];
export const weekToBeginWith: Draft['weekly'] = { mon: workday, tue: workday, wed: workday, thu: workday, fri: workday, sat: [], sun: [] };

const isDay = /^20\d\d-\d\d-\d\d$/;

/** The first thing that keeps it from being sent. `now` in milliseconds since the Unix epoch. */
export function mistakeIn(draft: InviteDraft, { now, timeZone }: { now: number; timeZone: string }): DraftMistake | null {
  if (draft.role === 'guardian' && draft.rooms.size === 0) return 'rooms';
  if (codeOf(draft) !== '' && !reference.safeParse(codeOf(draft)).success) return 'reference';
  if (draft.lastDay !== '' && !(isDay.test(draft.lastDay) && endOfDay(draft.lastDay, timeZone) > now)) return 'last-day';
  if (draft.weekly && (isNever(draft.weekly) || hasEmptyWindow({ weekly: draft.weekly, dates: [] }))) return 'hours';
  return null;
}

export function requestOf(draft: InviteDraft, timeZone: string): InviteRequest {
  const code = codeOf(draft);
  const facts = {
    ...(draft.weekly && { hours: hoursOf({ weekly: draft.weekly, dates: [] }) }),
    ...(draft.lastDay !== '' && { endsAt: endOfDay(draft.lastDay, timeZone) }),
    ...(code !== '' && { reference: code }),
  };
  if (draft.role === 'staff') return { role: 'staff', right: draft.right, rooms: [], ...facts };
  return { role: 'guardian', rooms: [...draft.rooms], ...facts };
}

function isNever(weekly: Draft['weekly']): boolean {
  return Object.values(weekly).every((windows) => windows.length === 0);
}

/** As codes are written: phones begin a field with a small letter, or end it with a blank. */
function codeOf({ reference: typed }: InviteDraft): string {
  return typed.trim().toUpperCase();
}
