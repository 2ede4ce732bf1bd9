import type { Person, StaffRight } from '@peekaboo/shared/entitlement';
import type { ErrorCode } from '@peekaboo/shared/errors';
import type { Receipt, Scope } from '@peekaboo/shared/hold';
import type { Hours } from '@peekaboo/shared/hours';
import type { DraftMistake } from '../staff/invite-draft.ts';
import { timesOf, weekLines } from './hours-words.ts';
import { receiptSaying, scopeName } from './staff-words.ts';
import { clock, dayAndClock, longDay } from './times.ts';
import { type Saying, sentences, type TimeFrame } from './words.ts';

/** Every word about guardians and staff: inviting them, listing them, removing them. */
export const peopleWords = {
  guardian: {
    title: 'Guardians',
    invite: 'Invite a guardian',
    none: 'Nobody is invited yet. An invitation is a link that opens once, on one phone or computer.',
    removeReason: 'Left the nursery',
    sheetTitle: (nursery: string) => `Watch your child’s room at ${nursery}`,
  },
  staff: {
    title: 'Staff',
    invite: 'Invite staff',
    none: 'Nobody but you.',
    removeReason: 'No longer works here',
    sheetTitle: (nursery: string) => `The staff page of ${nursery}`,
  },
  watchingNow: 'Watching now',
  loading: 'Fetching the list…',
  notFetched: 'The list could not be fetched, so it may be out of date. It is tried again in a moment.',
  find: 'Find by code',
  noneFound: 'Nobody has such a code.',
  ended: (count: number) => `Ended (${count})`,

  rooms: 'Rooms they may watch',
  right: 'What they may do',
  reference: 'Your own code for them (optional)',
  referenceHint: 'Such as C-042, from your own list. Never a name: Peekaboo keeps none.',
  lastDay: 'Last day (optional)',
  lastDayHint: 'After this day their link ends by itself.',
  certainHours: 'Only at certain hours',
  certainHoursHint: 'Within these, and only while the room is open as well.',
  makeLink: 'Make the link',
  makingLink: 'Making the link…',
  cancel: 'Cancel',
  noAnswer: 'The server did not answer. Try again.',

  linkFor: (name: string) => `The link for ${name}`,
  linkOnce: 'It works once, on one device, so give it only to them: show the code, or send it where nobody else reads.',
  linkUntil: (at: number, { now, timeZone }: TimeFrame) =>
    `It works until ${dayAndClock(at, now, timeZone)}, unless it is used before, or another is made for them.`,
  linkUntilDate: (at: number, { timeZone }: TimeFrame) => `Open it before ${clock(at, timeZone)} on ${longDay(at, timeZone)}.`,
  linkOnlyHere: 'This link leads to this computer only, since you opened this page by its local address.',
  link: 'Link',
  linkCode: 'The link as a QR code',
  copy: 'Copy the link',
  copied: 'Copied',
  copyYourself: 'Select the link and copy it',
  print: 'Print',
  done: 'Done',
  sheetSteps: [
    'Point your phone’s camera at this code, open the link that appears, and say that this is the browser you will use.',
    'It belongs to the phone that uses it first. For another one, ask us for a second link.',
    'Nobody needs a name, an e-mail address or a password.',
  ],

  anotherLink: 'New link',
  anotherLinkLabel: ({ state }: Person, name: string) =>
    state === 'invited' ? `New link for ${name}` : `New link for another device of ${name}`,
  change: 'Change…',
  changeLabel: (name: string) => `Change ${name}`,
  changeMeans: 'It counts as soon as it is saved, also for what they are watching. Their devices stay set up.',
  save: 'Save',
  saving: 'Saving…',
  changed: 'Changed. It counts from now on.',
  decidedElsewhere: 'What they may is decided where they sign in.',

  remove: 'Remove…',
  removeLabel: (name: string) => `Remove ${name}`,
  removeQuestion: (name: string) => `Remove ${name} for good?`,
  removeMeans: 'What they watch goes dark at once, and none of their links and devices opens anything again. To undo it, invite them anew.',
  removeLastAdministrator: 'Nobody else administers. After this only “npm run staff-link” on the server makes a new link.',
  removeReason: 'Why?',
  confirmRemove: 'Remove for good',
  keep: 'Keep',
  devices: 'Devices',
  removeDevice: 'Remove device',
  removeDeviceLabel: (pass: string) => `Remove device …${pass.slice(-4)}`,
  removeDeviceQuestion: 'Remove this device for good? The others go on.',
  deviceReason: 'Device lost',
};

export const draftMistakes: Record<DraftMistake, string> = {
  rooms: 'Choose at least one room.',
  reference: 'Write a code such as C-042: up to three letters, then digits. Never a name.',
  'last-day': 'Choose a last day that is not over yet, in this century.',
  hours: 'Give at least one time, and none that opens and closes at the same moment.',
};

export const rights: Record<StaffRight, Saying> = {
  observe: { title: 'See', text: 'How many are watching, the hours of the rooms, and how cameras and server are. Nothing can be changed.' },
  cut: { title: 'Cut', text: 'Cut pictures and show them again.' },
  administer: { title: 'Administer', text: 'All of it: invite and remove guardians and staff.' },
};

/** What became of a removal; as far as it differs from a cut. */
export const removalWords = {
  sending: 'Removing…',
  sendingOffline: 'NOT removed yet: no connection. Still trying…',
  notSent: { title: 'NOT removed: no connection', text: 'They may still be watching. Remove them again, or press Cut.' },
  noReply: { title: 'NOT CONFIRMED: no answer to the removal', text: 'It may or may not have worked. Remove them again, or press Cut.' },
  refused: (code: ErrorCode): Saying => ({ title: 'NOT removed: the server refused', text: `${sentences[code]} (${code})` }),
};

/** `Removed. Dark: 1 viewer in 6 ms`. */
export function removalSaying(receipt: Receipt, sinceMs: number): Saying {
  const { title, text } = receiptSaying(receipt, sinceMs);
  if (receipt.state !== 'confirmed') return { title, text };
  return { title: receipt.viewsClosed === 0 ? 'Removed. Nothing was open.' : `Removed. ${title}`, text };
}

/** Whom a removal was about. */
export function removedName(scope: Scope, people: readonly Person[]): string {
  const person = people.find(({ id, devices }) =>
    scope.kind === 'guardian' ? id === scope.guardian : devices.some(({ pass }) => scope.kind === 'pass' && pass === scope.pass),
  );
  const device = scope.kind === 'pass' ? `device …${scope.pass.slice(-4)}` : null;
  return [person && personName(person), device].filter(Boolean).join(', ') || scopeName(scope, []);
}

export const rightMissing: Saying = {
  title: 'You see how many are watching',
  text: 'Cutting takes a right of its own. Whoever administers can give it to you by a new link.',
};

/** A person by the nursery's own code, or by the end of an id: Peekaboo knows no names. */
export function personName({ id, role, reference }: Pick<Person, 'id' | 'role' | 'reference'>): string {
  return reference ?? `${role === 'staff' ? 'Staff' : 'Guardian'} …${id.slice(-4)}`;
}

/** Whether they can watch, and what is still to happen. */
export function standing(person: Person): string {
  switch (person.state) {
    case 'invited':
      return person.linkUntil === undefined ? 'Invited, link has run out' : 'Invited, link not opened yet';
    case 'active': {
      const devices = person.devices.length === 1 ? '1 device' : `${person.devices.length} devices`;
      return person.linkUntil === undefined ? devices : `${devices}, and a link not opened yet`;
    }
    case 'ended':
      return 'Ended';
    default:
      return person.state satisfies never;
  }
}

/** `Until 31 July 2027`: the last day, which ends with the instant `endsAt`. */
export function lastDay(endsAt: number | undefined, timeZone: string): string {
  return endsAt === undefined ? 'No last day' : `Until ${longDay(endsAt - 1, timeZone)}`;
}

/** `Monday to Friday 08:00–18:00`. */
export function ownHours(hours: Hours): string {
  return weekLines(hours)
    .filter(({ times }) => times !== timesOf([]))
    .map(({ days, times }) => `${days} ${times}`)
    .join('; ');
}

/** `…XPe9, since 00:37, watching now`. A device has no name either. */
export function deviceName({ pass, since, watching }: Person['devices'][number], { now, timeZone }: TimeFrame): string {
  return [`…${pass.slice(-4)}`, `since ${dayAndClock(since, now, timeZone)}`, watching > 0 && 'watching now'].filter(Boolean).join(', ');
}
