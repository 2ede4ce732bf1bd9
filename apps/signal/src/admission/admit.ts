import { type ErrorFacts, PeekabooError } from '@peekaboo/shared/errors';
import { type Hold, scopeCovers, scopeCoversRoom } from '@peekaboo/shared/hold';
import type { Hours } from '@peekaboo/shared/hours';
import type { Pass } from '@peekaboo/shared/pass';
import type { CameraState, RoomState } from '@peekaboo/shared/room';
import { hoursSearchMs, openingOfAll } from './hours.ts';
import { openingOfRoom } from './opening.ts';

/** `validUntil`, in milliseconds since the Unix epoch: when the view ends by itself, whatever becomes of signal. */
export type Admission = { ok: true; validUntil: number } | { ok: false; error: PeekabooError };

type Room = { nursery: string; id: string; timeZone: string; hours: Hours };

export type AdmissionRequest = {
  /** Verified claims; `undefined` when there is no pass. */
  pass: Pass | undefined;
  /** Thumbprint of the key that was proven on this connection; `undefined` when none was. */
  provenKey: string | undefined;
  /** `undefined` when it could not be looked up. */
  revoked: boolean | undefined;
  room: Room | undefined;
  /** `undefined` when the store cannot be read. */
  holds: readonly Hold[] | undefined;
  /** States of the room's cameras; `undefined` or empty when none is known. */
  cameras: readonly CameraState[] | undefined;
  /** The guardian's views, not counting one that is being asked again; `undefined` when they could not be counted. */
  openViews: number | undefined;
  maxViews: number;
  /** Milliseconds since the Unix epoch. */
  now: number;
};

/**
 * Decides whether somebody may watch a room. The first check that fails gives the error, so the order of the checks is also
 * what a person learns first, and somebody without a pass for a room learns nothing about it. What is not known denies.
 */
export function admit({ pass, provenKey, revoked, room, holds, cameras, openViews, maxViews, now }: AdmissionRequest): Admission {
  if (!pass) return refusal('PASS_MISSING');
  if (pass.role !== 'guardian' && pass.role !== 'staff') return refusal('ROLE_NOT_ALLOWED');
  if (pass.nbf !== undefined && now < pass.nbf * 1_000) return refusal('PASS_INVALID');
  if (pass.exp * 1_000 <= now) return refusal('PASS_EXPIRED');
  if (!pass.cnf) return refusal('PASS_UNBOUND');
  if (pass.cnf.jkt !== provenKey) return refusal('PROOF_INVALID');
  if (revoked === undefined) return refusal('STORE_UNAVAILABLE');
  if (revoked) return refusal('PASS_REVOKED');
  // One answer for every room that is not theirs, whether or not it exists.
  if (room?.nursery !== pass.nursery || !pass.rooms.includes(room.id)) return refusal('ROOM_NOT_IN_PASS');

  const standing = standingOf({ pass, room, holds, cameras, now });
  switch (standing.state) {
    case 'unknown':
      return refusal('STORE_UNAVAILABLE');
    case 'held':
      return refusal('HELD', { since: standing.since });
    case 'closed':
      return refusal('OUTSIDE_HOURS', { opensAt: standing.opensAt });
    case 'camera-not-live':
      return refusal('CAMERA_NOT_LIVE');
    case 'open':
      if (openViews === undefined) return refusal('STORE_UNAVAILABLE');
      if (!(openViews < maxViews)) return refusal('TOO_MANY_VIEWS');
      // Beyond the search, hours are not known to be open.
      return { ok: true, validUntil: Math.min(pass.exp * 1_000, standing.closesAt ?? now + hoursSearchMs) };
    default:
      return standing satisfies never;
  }
}

export type RoomStateRequest = Pick<AdmissionRequest, 'holds' | 'cameras' | 'now'> & {
  /** Whose page it is; `undefined` for the room as such, as staff see it: without pass hours and holds on single people. */
  pass: Pass | undefined;
  room: Room;
};

/**
 * What a page shows of a room that its reader may know of. Agrees with `admit`, save for what concerns only the pass itself and
 * view limits. While holds cannot be read, no picture can be shown, nor can a hold be claimed: the camera counts as offline.
 */
export function roomStateFor(request: RoomStateRequest): RoomState {
  const standing = standingOf(request);
  return standing.state === 'unknown' ? { state: 'camera-not-live', camera: 'offline' } : standing;
}

/** The checks that `admit` and `roomStateFor` share, in admission's order. */
function standingOf({ pass, room, holds, cameras, now }: RoomStateRequest): RoomState | { state: 'unknown' } {
  if (!holds) return { state: 'unknown' };
  const place = { nursery: room.nursery, room: room.id };
  const subject = pass && { ...place, guardian: pass.sub, pass: pass.jti };
  const covering = holds.filter(({ scope }) => (subject ? scopeCovers(scope, subject) : scopeCoversRoom(scope, place)));
  if (covering.length > 0) return { state: 'held', since: Math.min(...covering.map(({ at }) => at)) };

  const { hours, timeZone } = room;
  const opening = pass?.hours ? openingOfAll([hours, pass.hours], timeZone, now) : openingOfRoom(hours, timeZone, now);
  if (opening.state === 'closed') return opening;

  // A stalled camera counts as live: the picture may resume at any moment, and the view should be there then.
  if (cameras?.some((state) => state === 'live' || state === 'stalled')) return opening;
  return { state: 'camera-not-live', camera: cameras?.includes('starting') ? 'starting' : 'offline' };
}

function refusal(code: PeekabooError['code'], facts?: ErrorFacts): Admission {
  return { ok: false, error: new PeekabooError(code, facts) };
}
