import type { ErrorCode } from '@peekaboo/shared/errors';
import { earlierRun, type Receipt, type Scope } from '@peekaboo/shared/hold';
import type { CameraState } from '@peekaboo/shared/room';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { clock, dayAndClock, duration } from './times.ts';
import { cameraSayings, opens, type Saying, sentences, type TimeFrame } from './words.ts';

/* What staff read about rooms and cuts. */

export const staffWords = {
  page: 'Staff',
  noLink: {
    title: 'Open the link you were given',
    text: 'Whoever administers makes one for you; each device needs one of its own, once. “npm run staff-link” on the server makes the first.',
  },
  menu: 'Parts of this page',
  places: { rooms: 'Rooms', guardian: 'Guardians', staff: 'Staff', hours: 'Hours' },
  cut: 'Cut',
  cutAgain: 'Cut again',
  cutEveryone: 'Cut everyone',
  cutRoomLabel: (room: string) => `Cut ${room}`,
  defaultReason: 'Cut by staff',
  reasons: ['Cut by staff', 'Changing or toilet', 'Child upset', 'First aid', 'Visitor in the room', 'Wrong person watching'],
  reason: 'Reason',
  reasonHint: 'Kept with the cut. You need not change it.',
  rooms: 'Rooms',
  watching: (count: number) => (count === 1 ? '1 watching' : `${count} watching`),
  dark: 'Dark',
  holds: 'On hold',
  noHolds: 'Nothing is on hold.',
  withdrawn: (count: number) => `Withdrawn for good: ${count === 1 ? '1 guardian or link' : `${count} guardians or links`}.`,
  heldBy: (who: string, when: string) => `by ${who}, ${when}`,
  lift: 'Lift',
  confirmLift: 'Lift: show it again',
  keepDark: 'Keep it dark',
  liftReason: 'Why is it over?',
  defaultLiftReason: 'All clear',
  lifting: 'Lifting…',
  liftNotSent: 'NOT lifted: the server did not answer. Try again.',
  dismiss: 'Hide this result',
  connecting: { title: 'Connecting…', text: 'Looking for the nursery’s server.' },
  noConnection: {
    title: 'No connection',
    text: 'The nursery’s server cannot be reached, so nothing can be cut from here. This page keeps trying by itself.',
  },
  stale: (since: string) =>
    `No connection to the server. Counts are from ${since} and may be wrong. A cut cannot be sent until it is back.`,
  noSfu: 'No media server is connected. Nobody can watch.',
  everyone: 'Everyone',
  sending: 'Cutting…',
  sendingOffline: 'Cut NOT sent yet: no connection. Still trying…',
  notSent: {
    title: 'Cut NOT sent: no connection',
    text: 'Parents may still be watching. Press Cut again, or switch the camera off at its plug.',
  },
  noReply: {
    title: 'NOT CONFIRMED: no answer to the cut',
    text: 'It may or may not have worked. Press Cut again, or switch the camera off at its plug.',
  },
  noReplyButHeld: {
    title: 'NOT CONFIRMED: no answer to the cut',
    text: 'The server has it on hold by now, see below, but what it measured never arrived here.',
  },
  refused: (code: ErrorCode) => ({
    title: 'Cut REFUSED by the server',
    text: `${code.startsWith('PASS_') ? `${sentences[code]} ` : ''}Parents may still be watching. Press Cut again, or switch the camera off at its plug. (${code})`,
  }),
};

export function scopeName(scope: Scope, rooms: readonly { id: string; name: string }[]): string {
  switch (scope.kind) {
    case 'all':
      return 'Every nursery';
    case 'nursery':
      return staffWords.everyone;
    case 'room':
      return rooms.find(({ id }) => id === scope.room)?.name ?? scope.room;
    case 'guardian':
      return `One guardian (${scope.guardian})`;
    case 'pass':
      return `One pass (${scope.pass})`;
    default:
      return scope satisfies never;
  }
}

const viewers = (count: number) => (count === 1 ? '1 viewer' : `${count} viewers`);

/** What a cut did. `sinceMs`: time since this receipt arrived, so that the wait for a lease counts down. */
export function receiptSaying(receipt: Receipt, sinceMs: number): Saying {
  const silent = receipt.acknowledgements.filter((each) => each.state === 'silent');
  const lapsed = receipt.acknowledgements.filter((each) => each.state === 'lapsed');
  if (receipt.state === 'confirmed') {
    const byLease = lapsed.map(({ sfu, afterMs }) =>
      sfu === earlierRun
        ? `The server had just started; what it had allowed before ended ${duration(afterMs)} after the cut.`
        : `${sfu} was silent and went dark by lease after ${duration(afterMs)}.`,
    );
    return { title: `Dark: ${viewers(receipt.viewsClosed)} in ${duration(receipt.totalMs)}`, text: byLease.join(' ') };
  }
  const causes: string[] = [];
  if (!receipt.durable) causes.push('not yet saved');
  if (silent.length > 0) {
    // darkByMs counts from the order; the receipt was made totalMs after it.
    const leftMs = Math.max(...silent.map(({ darkByMs }) => darkByMs)) - receipt.totalMs - sinceMs;
    const names = silent.map(({ sfu }) => sfu).filter((sfu) => sfu !== earlierRun);
    const who = names.length > 0 ? `${names.join(', ')} silent` : 'the server has just started';
    causes.push(
      `${who}, ${leftMs > 0 ? `dark by lease in ${(Math.ceil(leftMs / 100) / 10).toFixed(1)} s` : 'lease over, waiting for proof'}`,
    );
  }
  const dark = receipt.viewsClosed > 0 ? `${viewers(receipt.viewsClosed)} already dark. ` : '';
  const unsaved = receipt.durable ? '' : 'If the server restarts before it is saved, the cut is forgotten. ';
  return { title: `NOT CONFIRMED: ${causes.join('; ') || 'waiting'}`, text: `${dark}${unsaved}This line changes by itself.` };
}

const cameraWords: Record<CameraState, string> = { live: 'live', starting: 'starting', stalled: 'stopped', offline: 'offline' };

export function cameraLine({ camera, state, detail }: NurserySnapshot['rooms'][number]['cameras'][number]): string {
  return `${camera}: ${cameraWords[state]}${detail ? ` (${detail})` : ''}`;
}

export function staffRoomState(state: NurserySnapshot['rooms'][number]['state'], frame: TimeFrame): string {
  switch (state.state) {
    case 'open':
      return state.closesAt === null ? 'Open' : `Open until ${dayAndClock(state.closesAt, frame.now, frame.timeZone)}`;
    case 'closed':
      return opens(state.opensAt, frame);
    case 'held':
      return `Dark since ${clock(state.since, frame.timeZone)}`;
    case 'camera-not-live':
      return cameraSayings[state.camera].title;
    default:
      return state satisfies never;
  }
}

/** An opaque id is shown by its end, a name as it is. */
export function person(id: string): string {
  return /^[a-z]_/.test(id) ? `staff …${id.slice(-4)}` : id;
}
