import { z } from 'zod';
import { opaqueId, slug } from './ids.ts';
import { wellFormed } from './well-formed.ts';

const guardianScope = z.strictObject({ kind: z.literal('guardian'), nursery: slug, guardian: opaqueId.or(slug) });
const passScope = z.strictObject({ kind: z.literal('pass'), nursery: slug, pass: opaqueId });

/** What a cut reaches. `all` is every nursery on the system. */
export const scope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('nursery'), nursery: slug }),
  z.strictObject({ kind: z.literal('room'), nursery: slug, room: slug }),
  guardianScope,
  passScope,
]);
export type Scope = z.infer<typeof scope>;

/** What can be revoked: a person, on all their devices and with any pass, or one pass. */
export const revocationScope = z.discriminatedUnion('kind', [guardianScope, passScope]);
export type RevocationScope = z.infer<typeof revocationScope>;

/** The state a cut leaves behind. It ends only by a lift. `at` in milliseconds since the Unix epoch, by signal's clock. */
export const hold = z
  .strictObject({
    id: opaqueId,
    scope,
    reason: z.string().max(200).overwrite(wellFormed),
    by: opaqueId.or(slug),
    at: z.number(),
    /** A revocation: no lift ends it. Absent from every other hold, so that what was written before there were any reads the same. */
    final: z.literal(true).optional(),
  })
  .refine(({ scope, final }) => !final || revocationScope.safeParse(scope).success, 'only a guardian or a pass can be revoked');
export type Hold = z.infer<typeof hold>;

/** Everything a view is known by when a hold is matched against it. */
export type ViewSubject = { nursery: string; room: string; guardian: string; pass: string };

/** Whether this scope reaches nothing outside one nursery, so that its staff can lift what it leaves. */
export function isWithin(scope: Scope, nursery: string): boolean {
  return scope.kind !== 'all' && scope.nursery === nursery;
}

/** Whether a hold with this scope keeps this view dark. */
export function scopeCovers(scope: Scope, view: ViewSubject): boolean {
  switch (scope.kind) {
    case 'all':
      return true;
    case 'nursery':
      return scope.nursery === view.nursery;
    case 'room':
      return scope.nursery === view.nursery && scope.room === view.room;
    case 'guardian':
      return scope.nursery === view.nursery && scope.guardian === view.guardian;
    case 'pass':
      return scope.nursery === view.nursery && scope.pass === view.pass;
    default:
      return scope satisfies never;
  }
}

/** Whether a hold with this scope darkens a whole room, whoever watches. */
export function scopeCoversRoom(scope: Scope, room: { nursery: string; room: string }): boolean {
  return scope.kind !== 'guardian' && scope.kind !== 'pass' && scopeCovers(scope, { ...room, guardian: '', pass: '' });
}

/** In the place of an SFU's id: those to which a run of signal before this one may have granted leases. */
export const earlierRun = '*';
const sfu = z.union([slug, z.literal(earlierRun)]);

/** One SFU's part in a cut. `darkByMs`: how long after the order it is certainly dark by its lease, as one that is `lapsed` is. */
export const cutAcknowledgement = z.discriminatedUnion('state', [
  z.strictObject({ sfu: slug, state: z.literal('dark'), viewsClosed: z.int(), tookMs: z.number(), afterMs: z.number() }),
  z.strictObject({ sfu, state: z.literal('lapsed'), afterMs: z.number() }),
  z.strictObject({ sfu, state: z.literal('silent'), darkByMs: z.number() }),
]);
export type CutAcknowledgement = z.infer<typeof cutAcknowledgement>;

/** What a cut did, measured from the moment the order was given, by signal's monotonic clock. */
export const unsignedReceipt = z.strictObject({
  id: opaqueId,
  hold,
  /** `confirmed` only when hold and ledger are durable and every SFU has acknowledged or is certainly dark by its lease. */
  state: z.enum(['confirmed', 'not-confirmed']),
  durable: z.boolean(),
  viewsClosed: z.int(),
  totalMs: z.number(),
  acknowledgements: z.array(cutAcknowledgement),
});
export type UnsignedReceipt = z.infer<typeof unsignedReceipt>;

/** `typ` of the compact JWS over a receipt (RFC 7515 section 4.1.9). */
export const receiptType = 'peekaboo-receipt';

/** `signature`: a compact JWS whose payload is the rest of the receipt, in canonical JSON (RFC 8785). */
export const receipt = unsignedReceipt.extend({ signature: z.string().min(1).max(100_000) });
export type Receipt = z.infer<typeof receipt>;
