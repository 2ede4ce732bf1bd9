import { staffRight } from '@peekaboo/shared/entitlement';
import { errorCodes } from '@peekaboo/shared/errors';
import { hold, receipt } from '@peekaboo/shared/hold';
import { hours } from '@peekaboo/shared/hours';
import { opaqueId, slug } from '@peekaboo/shared/ids';
import { cameraState } from '@peekaboo/shared/room';
import { closeReason } from '@peekaboo/shared/wire';
import { z } from 'zod';

const hash = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 hash in hexadecimal');
const id = opaqueId.or(slug).nullable();

/** What every entry has. `at` in milliseconds since the Unix epoch, by signal's clock; `prev` is the hash of the entry before. */
const common = {
  seq: z.int().positive(),
  at: z.number(),
  actor: id,
  subject: id,
  room: slug.nullable(),
  view: opaqueId.nullable(),
  prev: hash,
  hash,
};

const entryOf = <K extends string, D extends z.ZodRawShape>(kind: K, detail: D) =>
  z.strictObject({ ...common, kind: z.literal(kind), detail: z.strictObject(detail) });

/** One line of the ledger. Ids only: who hides behind them is not known here. */
export const entry = z.discriminatedUnion('kind', [
  // This signal began. `after` says how the run before ended, so far as the ledger knows; `headEveryMs` how often it gives a sign of life.
  entryOf('started', { after: z.enum(['nothing', 'stop', 'unknown']), headEveryMs: z.number().optional() }),
  entryOf('stopped', {}),
  // Bytes after the last whole line, left by a power cut, were moved to `keptIn`.
  entryOf('recovered', { file: z.string(), bytes: z.int(), sha256: hash, keptIn: z.string() }),
  // The ledger can be written again. `left` counts entries that were given up meanwhile because too many waited.
  entryOf('resumed', { unwritableMs: z.number(), cause: z.string(), left: z.int() }),
  entryOf('staff.connected', {}), // actor: staff; subject: pass
  entryOf('sfu.linked', {}), // actor: SFU
  entryOf('sfu.lost', {}),
  entryOf('camera.up', {}), // actor: SFU; subject: camera
  entryOf('camera.down', { state: cameraState }),
  // actor: guardian; subject: pass. On disk before the SFU may open the picture: no picture without an entry.
  entryOf('view.admitted', { sfu: slug }),
  entryOf('view.opened', {}), // the SFU says that DTLS is up
  entryOf('view.closed', { reason: closeReason, connected: z.boolean(), seconds: z.number() }),
  // actor: staff, or `operator`; subject: the person invited
  entryOf('invited', {
    role: z.enum(['guardian', 'staff']),
    right: staffRight.optional(),
    rooms: z.array(slug),
    endsAt: z.number().optional(),
    expiresAt: z.number(),
  }),
  // actor: staff; subject: the person, who may this from then on, whatever their pass says; null: none
  entryOf('entitlement.changed', {
    right: staffRight.optional(),
    rooms: z.array(slug),
    hours: hours.nullable(),
    endsAt: z.number().nullable(),
  }),
  entryOf('device.bound', { device: z.string(), invitedBy: opaqueId.or(slug) }), // actor: guardian or staff; subject: pass; `device`: its key's thumbprint
  entryOf('pass.issued', { device: z.string() }), // likewise; for the first time, or anew
  entryOf('removed', { reason: z.string() }), // actor: staff; subject: the person who gets no pass any more
  // A genuine pass without the right proof, run out, or on the wrong page; or no pass for a used link, or for who was removed (subject: pass, if any).
  entryOf('pass.refused', { code: z.enum(errorCodes), times: z.int().positive() }),
  entryOf('view.refused', { code: z.enum(errorCodes), times: z.int().positive() }),
  entryOf('cut', { receipt: opaqueId, hold }), // actor: staff; subject: hold. Ordered, not yet known to be done.
  entryOf('revoked', { receipt: opaqueId, hold }), // the same of a cut that is for good
  entryOf('cut.confirmed', { receipt }),
  entryOf('cut.adopted', { hold }), // actor: the SFU that had latched a hold which no store knew
  entryOf('lifted', { reason: z.string(), revision: z.int() }), // actor: staff; subject: hold
  entryOf('config.changed', { rooms: z.array(slug) }), // the YAML file says otherwise of these rooms, or names them no more
  entryOf('hours.changed', { hours: hours.nullable(), revision: z.int() }), // actor: staff; null: back to the file's
]);
export type Entry = z.infer<typeof entry>;

type EventOf<E extends Entry> = E extends Entry
  ? Pick<E, 'kind' | 'detail'> & Partial<Pick<E, 'actor' | 'subject' | 'room' | 'view'>>
  : never;
/** What happened, as the ledger is told it; it adds the rest. */
export type LedgerEvent = EventOf<Entry>;

/** The newest entry at some moment, signed: whoever keeps a copy can tell later whether the chain up to it is still the same. */
export const signedHead = z.strictObject({ seq: z.int().nonnegative(), hash, at: z.number(), signature: z.string().max(2_000) });
export type SignedHead = z.infer<typeof signedHead>;

/** `typ` of the compact JWS over a head (RFC 7515 section 4.1.9). */
export const headType = 'peekaboo-head';
