import type { Alarm } from '@peekaboo/shared/alarm';
import type { ErrorCode } from '@peekaboo/shared/errors';
import { earlierRun, type Receipt, type Scope } from '@peekaboo/shared/hold';
import type { CameraState } from '@peekaboo/shared/room';
import type { CloseReason, NurserySnapshot } from '@peekaboo/shared/wire';
import type { Picture } from '../guardian/picture.ts';
import { clock, clockHere, clockWithSeconds, dayAndClock, daysAhead, duration } from './times.ts';

/*
 * Every word that a person reads, in one place. Plain functions of values: a unit test reads this file without a browser.
 */

/** The instant to compare with, the nursery's time zone and the reader's. */
export type TimeFrame = { now: number; timeZone: string; hereZone: string };

/** A headline, and a sentence below it. */
export type Saying = { title: string; text: string };

export const sentences: Record<ErrorCode, string> = {
  BAD_MESSAGE: 'This page and the nursery’s server do not understand each other. Reload the page.',
  PASS_MISSING: 'Open the link that the nursery gave you. This page needs it once, and then remembers.',
  PASS_INVALID:
    'This link is not complete, or not from this nursery. Open the link again exactly as you were given it, or ask the nursery for a new one.',
  PASS_EXPIRED: 'This link has run out. Ask the nursery for a new one.',
  PASS_REVOKED: 'The nursery has withdrawn this link. Please ask there.',
  PASS_UNBOUND: 'This link was not made for this device. Ask the nursery for a new one.',
  PROOF_INVALID: 'This device could not show that the link was made for it. Reload the page, or ask the nursery for a new link.',
  PROOF_STALE: 'The clock of this device is wrong. Set it to the right time, then reload the page.',
  PROOF_REPLAYED: 'This was sent twice. It is tried again in a moment.',
  FINGERPRINT_UNPROVEN: 'The picture was answered by another device. It is being opened again.',
  ROLE_NOT_ALLOWED: 'This link is meant for another page. Open it exactly as you were given it.',
  RIGHT_MISSING: 'You may not do this. Ask somebody who may.',
  INVITE_UNKNOWN: 'This link was used on another device already, or has run out. Ask the nursery for a new one.',
  DEVICE_UNKNOWN: 'The nursery does not know this device. Open the link that you were given, or ask the nursery for a new one.',
  PERSON_UNKNOWN: 'This person is not on the list any more. Reload the page.',
  ROOM_NOT_IN_PASS: 'Your link does not include this room. If it should, ask the nursery.',
  HELD: 'Staff have paused the picture. It comes back by itself.',
  OUTSIDE_HOURS: 'The room is not open for watching at this time.',
  CAMERA_NOT_LIVE: 'The camera is not sending a picture. It comes back by itself.',
  TOO_MANY_VIEWS: 'The picture is already open on as many devices as your link allows. Close it on another one.',
  VIEW_UNKNOWN: 'This picture was already closed. It is being opened again.',
  ANSWER_UNUSABLE: 'This browser could not agree on a picture with the nursery. Try another browser, or update this one.',
  ALREADY_ANSWERED: 'This picture was already being opened. It is being opened again.',
  SFU_UNAVAILABLE: 'The nursery’s video is not available at the moment. It comes back by itself.',
  DARK: 'The nursery’s video is starting up. The picture comes by itself.',
  STORE_UNAVAILABLE: 'The nursery’s server cannot look up what may be shown, so it shows nothing. The picture comes back by itself.',
  REVISION_REGRESSED: 'The nursery’s server is not up to date, so it shows nothing. The nursery needs to look into it.',
  HOLD_UNKNOWN: 'This pause has already been lifted.',
  HOURS_INVALID: 'These hours cannot be kept.',
  HOLD_FINAL: 'Whoever was withdrawn stays withdrawn. Invite them anew.',
  BUSY: 'That was too much at once. It is tried again in a moment.',
  INTERNAL: 'Something went wrong at the nursery’s server. It is tried again in a moment.',
};

export const closeReasons: Record<CloseReason, string> = {
  cut: 'Staff have paused the picture.',
  revoked: 'The nursery has withdrawn this link.',
  expired: 'The time for watching is over.',
  'not-admitted': 'The picture may not be shown at the moment.',
  'lease-lapsed': 'The video lost touch with the nursery’s server, so it went dark.',
  'link-lost': 'The video lost touch with the nursery’s server, so it went dark.',
  left: 'You closed the picture.',
  'guardian-gone': 'Your connection was interrupted.',
  'never-connected': 'The picture did not get through to this device.',
  'camera-changed': 'The cameras in this room have changed.',
  'worker-died': 'The nursery’s video had to restart.',
  shutdown: 'The nursery’s video is restarting.',
};

const cameraSayings: Record<CameraState, Saying> = {
  live: { title: 'Camera is starting', text: 'The picture will be here in a moment.' },
  starting: { title: 'Camera is starting', text: 'The picture will be here in a moment.' },
  stalled: { title: 'Camera has stopped', text: 'It is not sending a picture at the moment. It comes back by itself.' },
  offline: { title: 'Camera is off', text: 'The picture comes back by itself when the camera does.' },
};

/** `08:00`, and in brackets what the reader's own clock says when that is different. */
function at(instant: number, { now, timeZone, hereZone }: TimeFrame): string {
  const here = clockHere(instant, timeZone, hereZone);
  return dayAndClock(instant, now, timeZone) + (here ? ` (${here} where you are)` : '');
}

/** `at 18:00` today, else `tomorrow at 18:00`. */
function onDay(instant: number, { now, timeZone }: TimeFrame): string {
  return (daysAhead(instant, now, timeZone) === 0 ? 'at ' : '') + dayAndClock(instant, now, timeZone);
}

function opens(opensAt: number | null, frame: TimeFrame): string {
  return opensAt === null ? 'Closed' : `Opens ${onDay(opensAt, frame)}`;
}

/** What to say over or under the picture. */
export function pictureSaying(picture: Picture, frame: TimeFrame): Saying {
  switch (picture.kind) {
    case 'connecting':
      return { title: 'Connecting…', text: 'The picture will be here in a moment.' };
    case 'live':
      return { title: 'Live', text: endNote(picture, frame) };
    case 'frozen':
      return {
        title: 'The picture has stopped',
        text: 'Nothing new has arrived for some seconds, so the old picture is hidden. It comes back by itself.',
      };
    case 'tap':
      return { title: 'Ready', text: 'Your device waits for a tap before it plays the picture.' };
    case 'held':
      return {
        title: 'Paused by staff',
        text: `${picture.since === null ? '' : `Since ${at(picture.since, frame)}. `}The picture comes back by itself when staff lift the pause.`,
      };
    case 'closed':
      return closedSaying(picture.opensAt, frame);
    case 'camera-not-live':
      return cameraSayings[picture.camera];
    case 'reconnecting':
      return { title: 'Reconnecting…', text: reconnectingText(picture) };
    case 'refused':
      return { title: 'No picture', text: sentences[picture.code] };
    default:
      return picture satisfies never;
  }
}

function reconnectingText({ after }: Extract<Picture, { kind: 'reconnecting' }>): string {
  const cause = after?.why === 'closed' ? `${closeReasons[after.reason]} ` : '';
  return `${cause}The picture comes back by itself.`;
}

function closedSaying(opensAt: number | null, frame: TimeFrame): Saying {
  if (opensAt === null) return { title: 'Closed now', text: 'The time for watching is over. No next opening is set yet.' };
  const here = clockHere(opensAt, frame.timeZone, frame.hereZone);
  const hint = here ? `That is ${here} where you are. ` : '';
  return { title: opens(opensAt, frame), text: `${hint}You can leave this page open: the picture comes by itself.` };
}

/** Passes are renewed long before they end, so that one with less than this left is not being renewed any more. */
const linkEndsMs = 5 * 60_000;

/** Only an end that is near is worth a line. */
function endNote({ closesAt, validUntil }: Extract<Picture, { kind: 'live' }>, frame: TimeFrame): string {
  const linkEnds = validUntil !== null && validUntil - frame.now < linkEndsMs && (closesAt === null || validUntil < closesAt - 1_000);
  const at = linkEnds ? validUntil : closesAt;
  if (at === null || at - frame.now > 24 * 3_600_000) return '';
  const here = clockHere(at, frame.timeZone, frame.hereZone);
  return `${linkEnds ? 'Your link ends' : 'Closes'} ${onDay(at, frame)}${here ? ` (${here} where you are)` : ''}`;
}

/** What this browser lacks to be known by. */
export const unfitWords: Record<'secure-address' | 'storage', Saying> = {
  'secure-address': {
    title: 'This address is not secure',
    text: 'The address of this page has to begin with https. Ask the nursery for the right link.',
  },
  storage: {
    title: 'This browser keeps nothing',
    text: 'The link works once, and this browser would forget it, as private windows do. Open it in an ordinary window. It is not used up yet.',
  },
};

export const guardianWords = {
  rooms: 'Rooms',
  watch: 'Watch',
  backToRooms: 'All rooms',
  close: 'Close',
  tapToPlay: 'Tap to see the picture',
  pictureStopped: 'The picture has stopped',
  listen: 'Tap for sound',
  mute: 'Turn sound off',
  tryNow: 'Try now',
  open: 'Open now',
  noRooms: { title: 'No rooms yet', text: 'Your link does not include a room. Ask the nursery.' },
  connecting: { title: 'Connecting…', text: 'Looking for the nursery.' },
  noConnection: { title: 'No connection', text: 'The nursery’s server cannot be reached. This page keeps trying by itself.' },
  noBrowser: { title: 'This browser cannot show live video', text: 'Open the link in a current Safari, Chrome, Edge or Firefox.' },
  signedOut: 'You are not signed in',
  linkRefused: 'This link does not open',
  unknownRoom: 'Room',
  pictureOf: (room: string, camera: string | null) => `Live picture of ${room}${camera ? `, camera ${camera}` : ''}`,
  tabTitle: (room: string | null, state: string | null) => [state, room, 'Peekaboo'].filter(Boolean).join(' · '),
};

// ---- staff --------------------------------------------------------------------------------------------------------

export const staffWords = {
  page: 'Staff',
  menu: 'Parts of this page',
  places: { rooms: 'Rooms', hours: 'Hours' },
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

const call = 'Call whoever looks after the server';

/** An alarm for staff in a hurry: what it means for those who watch, since when, what to do, whom to call. */
export function alarmSaying(alarm: Alarm, { now, timeZone }: TimeFrame): Saying {
  const since = `Since ${dayAndClock(alarm.since, now, timeZone)}.`;
  switch (alarm.kind) {
    case 'store-gone':
      return {
        title: 'No picture may be shown: the server cannot read what is on hold',
        text: `${since} A cut still works; it stays “not confirmed” meanwhile. Pictures come back by themselves. ${call}: its store does not answer.`,
      };
    case 'hold-unsaved':
      return {
        title: 'No picture may be shown: a cut could not be saved yet',
        text: `${since} The cut is in force. If the server restarts before it is saved, it is forgotten. ${call}: its disk may be full.`,
      };
    case 'ledger-unwritable': {
      const end = clockWithSeconds(alarm.viewsEndAt, timeZone);
      return {
        title: alarm.viewsEndAt > now ? `No one new can watch, and at ${end} every picture goes dark` : 'No picture may be shown',
        text: `${since} The server cannot write down who watches. A cut still works; it stays “not confirmed” meanwhile. ${call}: its disk may be full.`,
      };
    }
    case 'store-went-back':
      return {
        title: 'Check what is on hold: the server’s memory was set back',
        text: `At ${dayAndClock(alarm.since, now, timeZone)}. It was given back what the server still knew. If something is missing below that should be dark, cut it again. Tell whoever looks after the server. This note stays for a day.`,
      };
    case 'store-not-durable':
      return {
        title: 'A power cut could undo a cut',
        text: `Everything works. Ask whoever looks after the server to mend the settings of Redis: ${alarm.gaps.join('; ')}.`,
      };
    case 'sfu-lost':
      return {
        title: `${alarm.sfu} is lost: its cameras show nothing`,
        text: `${since} It went dark by itself. Is its machine on, and on the network? If it is, call whoever looks after it. This note goes when it is back, or after a day.`,
      };
    case 'sfu-silent':
      return {
        title: `${alarm.sfu} does not answer: its cameras show nothing`,
        text: `${since} Its permission to show pictures has run out. If it does not come back within a minute, call whoever looks after it.`,
      };
    case 'sfu-dark':
      return {
        title: `${alarm.sfu} waits: its cameras show nothing`,
        text: `${since} It shows pictures as soon as it knows what is on hold. If that takes longer than a minute, call whoever looks after it.`,
      };
    case 'sfu-ahead-of-store':
      return {
        title: `${alarm.sfu} stays dark: it remembers cuts that the server has forgotten`,
        text: `${since} It does not come back by itself. Cut what should be dark, then call whoever looks after the server.`,
      };
    case 'sfu-unguarded':
      return {
        title: `${alarm.sfu} shows nothing: its guard is not running`,
        text: `${since} Without a guard no picture is safe, so there is none. Call whoever looks after it.`,
      };
    default:
      return alarm satisfies never;
  }
}

/** Whether somebody who should see a picture may see none. */
export function isDarkening({ kind }: Alarm): boolean {
  return kind !== 'store-went-back' && kind !== 'store-not-durable';
}

/** An opaque id is shown by its end, a name as it is. */
export function person(id: string): string {
  return /^[a-z]_/.test(id) ? `staff …${id.slice(-4)}` : id;
}
