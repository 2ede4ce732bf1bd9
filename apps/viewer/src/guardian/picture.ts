import type { ErrorCode } from '@peekaboo/shared/errors';
import type { CameraState, RoomState } from '@peekaboo/shared/room';
import type { LinkState } from '../net/socket.ts';
import type { Motion } from './motion.ts';
import type { ViewEnd } from './view.ts';

/** What a parent is told about the room in front of them: exactly one of these is true at any time. */
export type Picture =
  | { kind: 'connecting' }
  /** When the room closes, and when the view ends for whatever reason. */
  | { kind: 'live'; closesAt: number | null; validUntil: number | null }
  | { kind: 'frozen' }
  | { kind: 'lost' } // it has gone this moment, and why is on its way
  | { kind: 'tap' } // the browser wants a tap before it plays anything
  | { kind: 'held'; since: number | null }
  | { kind: 'closed'; opensAt: number | null }
  | { kind: 'camera-not-live'; camera: CameraState }
  | { kind: 'withdrawn' } // the room was theirs, and staff have changed that
  | { kind: 'reconnecting'; after: ViewEnd | null }
  | { kind: 'refused'; code: ErrorCode };

export type PictureFacts = {
  link: LinkState['state'];
  /** The room's state as signal last told it; null before that, `absent` when it is not one of theirs, `withdrawn` when it was. */
  room: RoomState | 'absent' | 'withdrawn' | null;
  /** The open view, or how the last one ended. */
  view: { motions: readonly Motion[]; validUntil: number | null; lost: boolean } | { ended: ViewEnd | null };
  /** Whether this room has been on the screen since the parent opened it. */
  shownBefore: boolean;
};

/** Decides what a parent is told. Nothing is live unless frames are seen to move. */
export function pictureOf({ link, room, view, shownBefore }: PictureFacts): Picture {
  const ended = 'ended' in view ? view.ended : null;
  const trying: Picture = shownBefore || ended !== null ? { kind: 'reconnecting', after: ended } : { kind: 'connecting' };
  if (link !== 'connected' || room === null) return trying;
  if (room === 'withdrawn') return { kind: 'withdrawn' };
  if (room === 'absent') return { kind: 'refused', code: 'ROOM_NOT_IN_PASS' };
  switch (room.state) {
    case 'held':
      return { kind: 'held', since: room.since };
    case 'closed':
      return { kind: 'closed', opensAt: room.opensAt };
    case 'camera-not-live':
      return { kind: 'camera-not-live', camera: room.camera };
    case 'open':
      break;
    default:
      return room satisfies never;
  }
  if ('ended' in view) return afterEnd(view.ended, trying);
  if (view.lost) return { kind: 'lost' };
  if (view.motions.includes('moving')) return { kind: 'live', closesAt: room.closesAt, validUntil: view.validUntil };
  if (view.motions.includes('stopped')) return { kind: 'frozen' };
  if (view.motions.includes('blocked')) return { kind: 'tap' };
  return trying;
}

/** The room is open, as far as we were told, and yet there is no view. */
function afterEnd(end: ViewEnd | null, trying: Picture): Picture {
  if (end?.why === 'closed' && end.reason === 'cut') return { kind: 'held', since: null };
  if (end?.why === 'closed' && end.reason === 'expired') return { kind: 'closed', opensAt: null };
  if (end?.why !== 'refused') return trying;
  switch (end.code) {
    case 'HELD':
      return { kind: 'held', since: end.facts.since ?? null };
    case 'OUTSIDE_HOURS':
      return { kind: 'closed', opensAt: end.facts.opensAt ?? null };
    case 'CAMERA_NOT_LIVE':
      return { kind: 'camera-not-live', camera: 'offline' };
    case 'VIEW_UNKNOWN':
    case 'ALREADY_ANSWERED':
    case 'BUSY':
      return trying;
    default:
      return { kind: 'refused', code: end.code };
  }
}
