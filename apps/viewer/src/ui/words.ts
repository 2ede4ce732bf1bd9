import type { ErrorCode } from '@peekaboo/shared/errors';
import type { CameraState } from '@peekaboo/shared/room';
import type { LinkState } from '../net/socket.ts';
import { dayAndClock, daysAhead } from './times.ts';

/*
 * Every word that a person reads is in one of the files `…words.ts` of this folder; this one has what both pages say. Plain functions
 * of values: unit tests read them without a browser.
 */

/** The instant to compare with, the nursery's time zone and the reader's. */
export type TimeFrame = { now: number; timeZone: string; hereZone: string };

/** A headline, and a sentence below it. */
export type Saying = { title: string; text: string };

export const sentences: Record<ErrorCode, string> = {
  BAD_MESSAGE: 'This page and the nursery’s server do not understand each other. Reload the page.',
  PASS_MISSING: 'Open the link that the nursery gave you. Each device needs one of its own, once; then this page remembers it.',
  PASS_INVALID:
    'This link is not complete, or not from this nursery. Open the link again exactly as you were given it, or ask the nursery for a new one.',
  PASS_EXPIRED:
    'It was for a time that is over. If you sign in somewhere for this, open this page from there again; else ask the nursery for a new link.',
  PASS_REVOKED: 'The nursery has ended it. Ask the nursery for a new link if that is a mistake.',
  PASS_UNBOUND: 'This link was not made for this device. Ask the nursery for a new one.',
  PROOF_INVALID: 'This device could not show that the link was made for it. Reload the page, or ask the nursery for a new link.',
  PROOF_STALE: 'The clock of this device is wrong. Set it to the right time, then reload the page.',
  PROOF_REPLAYED: 'This was sent twice. It is tried again in a moment.',
  FINGERPRINT_UNPROVEN: 'The picture was answered by another device. It is being opened again.',
  ROLE_NOT_ALLOWED: 'This link is meant for another page. Open it exactly as you were given it.',
  ORIGIN_NOT_ALLOWED:
    'The nursery’s server does not go by the address of this page. Open the link exactly as you were given it, or tell the nursery.',
  RIGHT_MISSING: 'You may not do this. Ask somebody who may.',
  INVITE_UNKNOWN: 'This link was used on another device already, or has run out. Ask the nursery for a new one.',
  PROVIDER_UNAVAILABLE: 'The place where you sign in cannot be reached. It is tried again in a moment.',
  DEVICE_UNKNOWN: 'The nursery does not know this device. Open the link that you were given, or ask the nursery for a new one.',
  PERSON_UNKNOWN: 'This person is not on the list any more. Reload the page.',
  LAST_ADMINISTRATOR: 'Nobody else administers. Let somebody else do so first.',
  ROOM_NOT_IN_PASS: 'Your link does not include this room. If it should, ask the nursery.',
  HELD: 'Staff have paused the picture. It comes back by itself.',
  OUTSIDE_HOURS: 'The room is not open for watching at this time.',
  CAMERA_NOT_LIVE: 'The camera is not sending a picture. It comes back by itself.',
  TOO_MANY_VIEWS: 'The picture is already open on as many devices as your link allows. Close it on another one.',
  VIEW_UNKNOWN: 'This picture was already closed. It is being opened again.',
  ANSWER_UNUSABLE:
    'This browser cannot show the camera’s video (H.264). Update it, or try another one. In Firefox, switch on OpenH264: menu, Add-ons and themes, Plugins.',
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

/** What this browser lacks to be known by. */
const unfitWords: Record<'secure-address' | 'storage', Saying> = {
  'secure-address': {
    title: 'This address is not secure',
    text: 'The address of this page has to begin with https. Ask the nursery for the right link.',
  },
  storage: {
    title: 'This browser keeps nothing',
    text: 'The link works once, and this browser would forget it, as private windows do. Open it in an ordinary window. It is not used up yet.',
  },
};

/** What to say while this browser is not let in; null when it is, or will be as soon as it is connected. */
export function outsideSaying(link: LinkState, noLink: Saying): Saying | null {
  switch (link.state) {
    case 'no-pass':
      return noLink;
    case 'setting-up':
      return { title: 'Setting up this device…', text: link.failed ? settingUpLater : 'This is done once, and takes a moment.' };
    case 'invited':
      return invited.saying;
    case 'replacing':
      return replacing.saying;
    case 'unfit':
      return unfitWords[link.lacks];
    case 'refused': {
      const ended = link.code === 'PASS_REVOKED' || link.code === 'PASS_EXPIRED';
      return { title: ended ? 'Your access has ended' : 'This link does not open', text: sentences[link.code] };
    }
    case 'connecting':
    case 'connected':
    case 'lost':
      return null;
    default:
      return link satisfies never;
  }
}

export const invited = {
  saying: {
    title: 'Is this the browser you will use?',
    text: 'The link works once. If it has opened inside another app, such as mail or a chat, copy it and open it in the browser that you use every day.',
  },
  use: 'Yes, use this browser',
  copy: 'Copy the link',
  copied: 'Copied. The link is still good: open it in your own browser.',
  copyYourself: 'Copy it from here, and open it in your own browser:',
};

export const replacing = {
  saying: {
    title: 'This device shows something already',
    text: 'The link that was opened is another one. If you use it, this device shows what that one is for, in place of what it shows now.',
  },
  use: 'Use the new link',
  keep: 'Keep what it shows now',
};

const settingUpLater = 'The nursery’s server cannot be reached at the moment. This page keeps trying by itself, and the link stays good.';

export const cameraSayings: Record<CameraState, Saying> = {
  live: { title: 'Camera is starting', text: 'The picture will be here in a moment.' },
  starting: { title: 'Camera is starting', text: 'The picture will be here in a moment.' },
  stalled: { title: 'Camera has stopped', text: 'It is not sending a picture at the moment. It comes back by itself.' },
  offline: { title: 'Camera is off', text: 'The picture comes back by itself when the camera does.' },
};

/** `at 18:00` today, else `tomorrow at 18:00`. */
export function onDay(instant: number, { now, timeZone }: TimeFrame): string {
  return (daysAhead(instant, now, timeZone) === 0 ? 'at ' : '') + dayAndClock(instant, now, timeZone);
}

export function opens(opensAt: number | null, frame: TimeFrame): string {
  return opensAt === null ? 'Closed' : `Opens ${onDay(opensAt, frame)}`;
}
