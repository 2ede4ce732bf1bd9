import type { CloseReason } from '@peekaboo/shared/wire';
import type { Picture } from '../guardian/picture.ts';
import { clockHere, dayAndClock } from './times.ts';
import { cameraSayings, onDay, opens, type Saying, sentences, type TimeFrame } from './words.ts';

/* What parents read. */

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

/** `08:00`, and in brackets what the reader's own clock says when that is different. */
function at(instant: number, { now, timeZone, hereZone }: TimeFrame): string {
  const here = clockHere(instant, timeZone, hereZone);
  return dayAndClock(instant, now, timeZone) + (here ? ` (${here} where you are)` : '');
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
    case 'lost':
      return { title: 'The picture has gone', text: 'One moment…' };
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
    case 'withdrawn':
      return {
        title: 'Not one of your rooms any more',
        text: 'The nursery has changed which rooms you can watch. Yours are under “All rooms”. If this is a mistake, ask the nursery.',
      };
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
  noLink: {
    title: 'Open the link you were given',
    text: 'The nursery gives you a link, or a code to scan. Each device needs one of its own, once; then this page remembers it. Ask the nursery for one.',
  },
  unknownRoom: 'Room',
  pictureOf: (room: string, camera: string | null) => `Live picture of ${room}${camera ? `, camera ${camera}` : ''}`,
  tabTitle: (room: string | null, state: string | null) => [state, room, 'Peekaboo'].filter(Boolean).join(' · '),
};
