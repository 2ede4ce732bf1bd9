import { z } from 'zod';
import { alarm } from './alarm.ts';
import { longestLeaseMs } from './darkness.ts';
import { changeRequest, inviteRequest, person, staffRight } from './entitlement.ts';
import { hold, receipt, revocationScope, scope } from './hold.ts';
import { hours, hoursSource } from './hours.ts';
import { opaqueId, slug } from './ids.ts';
import { cameraReport, roomState } from './room.ts';
import { wellFormed } from './well-formed.ts';

/*
 * Every message of Peekaboo, each declared once; docs/protocol.md tells the same in prose.
 *
 * Asks are requests that are answered (see ask.ts), tells only announce (see tell.ts). Three Socket.IO namespaces, one a
 * role: guardians and staff connect to `/guardian` and `/staff`, an SFU dials out to `/sfu`. Times are milliseconds:
 * `…At`/`…Until` since the Unix epoch by signal's clock, `…Ms` durations.
 */

export const namespaces = { guardian: '/guardian', staff: '/staff', sfu: '/sfu' } as const;

/** A compact JWS made by proof.ts. */
const proof = z.string().min(1).max(2_000);

/** What a connecting socket presents in its handshake's `auth`: its pass, and the proof that it holds the key of it. */
export const handshake = z.object({ pass: z.string().min(1).max(8_000), proof: proof.catch('') });

/** POST /pass, with a proof in the header `DPoP`: swaps an invite, or an outside token, for a pass, or renews one by the key alone. */
export const passRequest = z.union([
  z.strictObject({ invite: z.string().regex(/^[A-Za-z0-9_-]{43}$/), role: z.enum(['guardian', 'staff']) }),
  z.strictObject({ token: z.string().min(1).max(8_000) }),
  z.strictObject({}),
]);
export type PassRequest = z.infer<typeof passRequest>;
/** A pass, and for how long it is good from now on. */
export const issuedPass = z.strictObject({ pass: z.string().max(8_000), validForMs: z.number() });
export type IssuedPass = z.infer<typeof issuedPass>;

const sdp = z.string().min(1).max(20_000);
const nothing = z.strictObject({});
const reason = z.string().trim().min(1).max(200).overwrite(wellFormed);
const durationMs = z
  .number()
  .nonnegative()
  .max(10 * 366 * 86_400_000);
/** At their longest they just fit into a message to signal, which has at most 64 KiB. */
export const holdsInOneOffer = 40;
const revision = z.int().nonnegative();

/** STUN and TURN servers for the browser, as RTCConfiguration has them (W3C WebRTC section 4.2). */
export const iceServers = z.array(
  z.strictObject({ urls: z.string().max(300), username: z.string().max(200).optional(), credential: z.string().max(200).optional() }),
);
export type IceServers = z.infer<typeof iceServers>;

/** Why a view ended. The words for a parent are the viewer's. */
export const closeReason = z.enum([
  'cut', // a hold covers it
  'revoked', // the guardian or the pass was revoked, for good
  'expired', // room hours, pass hours or the pass itself ran out
  'not-admitted', // admission, asked again, refused
  'lease-lapsed', // signal did not renew the SFU's lease in time
  'link-lost', // the SFU lost the signal that opened it
  'left', // the guardian closed the picture
  'guardian-gone', // the browser's connection ended
  'never-connected', // offered, but no DTLS handshake in time
  'camera-changed', // the room's cameras are not those of the offer any more
  'worker-died', // a media worker ended unexpectedly
  'shutdown', // the SFU is going down
]);
export type CloseReason = z.infer<typeof closeReason>;
const viewClosed = z.strictObject({ view: opaqueId, reason: closeReason });
/** At most so many fit well into a message to signal. */
export const viewsInOneMessage = 500;

// ---- guardian <-> signal ------------------------------------------------------------------------------------------

/** Asks for the next pass before this one runs out; the connection, and what it watches, goes on with it. */
const renew = { request: z.strictObject({ proof }), reply: issuedPass };

export const guardianAsks = {
  renew,
  /** Asks to watch a room; the reply is a complete SDP offer, so joining takes one round trip. */
  watch: {
    request: z.strictObject({ room: slug }),
    reply: z.strictObject({ view: opaqueId, offer: sdp, iceServers, validUntil: z.number() }),
  },
  /** Answers the offer of one's own view; `proof` is signed over the fingerprint in it. */
  answer: { request: z.strictObject({ view: opaqueId, sdp, proof }), reply: nothing },
  /** Closes one's own view. */
  leave: { request: z.strictObject({ view: opaqueId }), reply: nothing },
};

export const guardianTells = {
  /** The rooms of the pass, whole, whenever anything about them changes. */
  rooms: z.strictObject({
    nursery: z.strictObject({ name: z.string(), timeZone: z.string() }),
    rooms: z.array(z.strictObject({ id: slug, name: z.string(), state: roomState })),
  }),
  /** The end of a view has moved: hours were edited, or the pass renewed. */
  'view.limit': z.strictObject({ view: opaqueId, validUntil: z.number() }),
  'view.closed': viewClosed,
};
export type RoomsSnapshot = z.infer<typeof guardianTells.rooms>;

// ---- staff <-> signal ---------------------------------------------------------------------------------------------

const invited = z.strictObject({ guardian: opaqueId, path: z.string().max(200), expiresAt: z.number() });
export type Invited = z.infer<typeof invited>;

export const staffAsks = {
  /** Closes every view in the scope now and keeps it dark until the hold is lifted. */
  cut: { request: z.strictObject({ scope, reason }), reply: receipt },
  lift: { request: z.strictObject({ hold: opaqueId, reason }), reply: nothing },
  /** A cut that is never lifted: the guardian, or the one pass, is not admitted any more. */
  revoke: { request: z.strictObject({ scope: revocationScope, reason }), reply: receipt },
  /** Sets the hours of a room in place of the file's. */
  'hours.set': { request: z.strictObject({ room: slug, hours }), reply: nothing },
  /** The hours of the file count again. */
  'hours.reset': { request: z.strictObject({ room: slug }), reply: nothing },
  /** Everybody who was ever invited, guardians and staff. */
  guardians: { request: nothing, reply: z.strictObject({ guardians: z.array(person) }) },
  /** Makes a one-time link; `path` is to be put behind the address of the page. */
  invite: { request: inviteRequest, reply: invited },
  /** Another link for somebody who is known: for another device, or because the first ran out. */
  'invite.again': { request: z.strictObject({ guardian: opaqueId }), reply: invited },
  /** Changes what somebody may, at once, also for what they watch; their devices stay set up. */
  'guardian.change': { request: changeRequest, reply: nothing },
  /** Ends what somebody may, for good, and what they watch at once. */
  'guardian.remove': { request: z.strictObject({ guardian: opaqueId, reason }), reply: receipt },
  renew,
};

export const staffTells = {
  /** The hours of every room, whole, when the page connects and whenever they change. */
  hours: z.strictObject({ rooms: z.array(z.strictObject({ id: slug, hours, from: hoursSource })) }),
  /** The nursery as staff see it, whole, whenever anything changes (at most a few times a second). */
  nursery: z.strictObject({
    nursery: z.strictObject({ id: slug, name: z.string(), timeZone: z.string() }),
    /** What the reader may do; one who may only observe is shown no holds. */
    right: staffRight,
    rooms: z.array(
      z.strictObject({
        id: slug,
        name: z.string(),
        state: roomState,
        viewers: z.int(),
        cameras: z.array(cameraReport.omit({ room: true })),
      }),
    ),
    /** Those that a lift can end. */
    holds: z.array(hold),
    /** How many guardians and passes were revoked. */
    revocations: z.int(),
    sfus: z.array(z.strictObject({ id: slug, state: z.enum(['ready', 'dark', 'lost']) })),
    /** The worst first. */
    alarms: z.array(alarm),
  }),
  /** A receipt that has changed since the cut was answered: an SFU that was silent is now certainly dark. */
  receipt,
};
export type NurserySnapshot = z.infer<typeof staffTells.nursery>;
export type HoursSnapshot = z.infer<typeof staffTells.hours>;

// ---- sfu -> signal ------------------------------------------------------------------------------------------------

export const sfuAsks = {
  /** Presents the next pass that was made for it; the link, and every view on it, goes on with that one. */
  renew: { request: z.strictObject({ pass: z.string().min(1).max(8_000), proof }), reply: nothing },
  /** First message on a link: who is speaking, and its cameras. */
  hello: { request: z.strictObject({ sfu: slug, cameras: z.array(cameraReport).max(500) }), reply: nothing },
  /** Holds that it latched but never saw confirmed; signal writes them. As many messages as it takes. */
  'holds.offer': { request: z.strictObject({ holds: z.array(hold).max(holdsInOneOffer) }), reply: nothing },
  /**
   * Asks for the link's lease, about every 500 ms. The SFU counts `forMs` from the moment it *asked*, so an answer that
   * was held up on the way never extends a picture beyond what signal can be certain of.
   */
  'lease.renew': {
    request: z.strictObject({ revision }),
    reply: z.strictObject({ revision, forMs: z.number().positive().max(longestLeaseMs) }),
  },
};

export const sfuTells = {
  'camera.changed': cameraReport,
  /** The configuration does not name it any more, or names it in another room, which `camera.changed` tells next. */
  'camera.gone': z.strictObject({ camera: slug }),
  /** Whether its media workers are under the eyes of a guard; told once linked, and whenever it changes. */
  'guard.changed': z.strictObject({ onDuty: z.boolean() }),
  /** DTLS is up: the guardian can see the picture from here on. */
  'view.connected': z.strictObject({ view: opaqueId }),
  /** All that closed within a moment. */
  'views.closed': z.strictObject({ views: z.array(viewClosed).max(viewsInOneMessage) }),
};

// ---- signal -> sfu ------------------------------------------------------------------------------------------------

export const sfuOrders = {
  /** The full set of holds. Until the first one on a link has arrived the SFU opens nothing for that link. */
  'holds.sync': { request: z.strictObject({ revision, holds: z.array(hold).max(10_000) }), reply: z.strictObject({ revision }) },
  'view.open': {
    request: z.strictObject({
      view: opaqueId,
      subject: z.strictObject({ nursery: slug, room: slug, guardian: opaqueId.or(slug), pass: opaqueId }),
      validForMs: durationMs,
    }),
    reply: z.strictObject({ offer: sdp, iceServers }),
  },
  'view.answer': { request: z.strictObject({ view: opaqueId, sdp, fingerprint: z.string().max(300) }), reply: nothing },
  /** The view ends this long from now, sooner or later than was said before. */
  'view.limit': { request: z.strictObject({ view: opaqueId, validForMs: durationMs }), reply: nothing },
  'view.close': { request: z.strictObject({ view: opaqueId, reason: closeReason }), reply: nothing },
  /** Latch this hold at once and close what it covers; answered when the media workers have done so. */
  cut: { request: z.strictObject({ hold }), reply: z.strictObject({ viewsClosed: z.int(), tookMs: durationMs }) },
};
