import { z } from 'zod';
import { hours } from './hours.ts';
import { opaqueId, slug } from './ids.ts';

/** What a member of staff may do; each includes the ones before. `observe`: see how many watch. `cut`: cut and lift. `administer`: all. */
export const staffRight = z.enum(['observe', 'cut', 'administer']);
export type StaffRight = z.infer<typeof staffRight>;

/** Whether one right includes another. No right at all includes none. */
export function includesRight(has: StaffRight | undefined, needed: StaffRight): boolean {
  return has !== undefined && staffRight.options.indexOf(has) >= staffRight.options.indexOf(needed);
}

/** The nursery's own code for a guardian, such as "C-042". It has no room for a name or an e-mail address. */
export const reference = z
  .string()
  .regex(/^[A-Z]{0,3}-?\d{1,6}(-\d{1,6})?$/, 'write a code such as C-042: up to three capital letters, then digits; never a name');

/** As many as a nursery can have. */
export const mostRooms = 200;
/** The end of the year 2099: a pass that ends later is refused, and a calendar knows no day beyond 275760. */
export const latestEnd = Date.UTC(2100, 0);

/** What is to be decided when somebody is invited. `endsAt`, in milliseconds since the Unix epoch: the last day of their contract. */
const invitation = {
  rooms: z.array(slug).max(mostRooms),
  hours: hours.optional(),
  endsAt: z.number().positive().max(latestEnd, 'is after the year 2099').optional(),
  reference: reference.optional(),
};

/** What staff ask for when they invite somebody. */
export const inviteRequest = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('guardian'), ...invitation, rooms: invitation.rooms.min(1, 'choose at least one room') }),
  z.strictObject({ role: z.literal('staff'), right: staffRight, ...invitation }),
]);
export type InviteRequest = z.infer<typeof inviteRequest>;

/** What staff ask for to change what somebody may, all of it; `null`: none. `right` is for staff alone, who need one. */
export const changeRequest = z.strictObject({
  guardian: opaqueId,
  rooms: invitation.rooms,
  right: staffRight.optional(),
  hours: hours.nullable(),
  endsAt: invitation.endsAt.unwrap().nullable(),
  reference: reference.nullable(),
});
export type ChangeRequest = z.infer<typeof changeRequest>;

/** Permission for one person, whoever that is: known here by an id alone. Passes are issued while it stands. */
export const entitlement = z.strictObject({
  id: opaqueId,
  nursery: slug,
  role: z.enum(['guardian', 'staff']),
  right: staffRight.optional(),
  ...invitation,
  createdAt: z.number(),
  /** Staff, or `operator` for whoever runs the server. */
  createdBy: opaqueId.or(slug),
  /** Nobody gets a pass by it any more. */
  ended: z.strictObject({ at: z.number(), by: opaqueId.or(slug) }).optional(),
});
export type Entitlement = z.infer<typeof entitlement>;

/** An entitlement as staff have changed it, and when, in milliseconds since the Unix epoch. Of two the later counts, whoever knows of it. */
export const changedEntitlement = z.strictObject({ at: z.int().nonnegative(), entitlement });
export type ChangedEntitlement = z.infer<typeof changedEntitlement>;

/** In the place of whoever made an entitlement: the outside identity provider, whose tokens say what the person may. */
export const identityProvider = 'identity-provider';

/** A browser of that person: its key's thumbprint (RFC 7638), and the id that all of its passes have. */
export const device = z.strictObject({ jkt: z.string().length(43), pass: opaqueId, since: z.number() });
export type Device = z.infer<typeof device>;

/** A guardian or a member of staff, as those who administer see them. */
export const person = z.strictObject({
  id: opaqueId,
  role: z.enum(['guardian', 'staff']),
  right: staffRight.optional(),
  ...invitation,
  /** When the link runs out that was made for them and that nobody has opened, if there is one. */
  linkUntil: z.number().optional(),
  /** `invited`: no device. `ended`: removed, or past `endsAt`. */
  state: z.enum(['invited', 'active', 'ended']),
  createdAt: z.number(),
  /** Who says what they may, and so where it can be changed. */
  source: z.enum(['invite', identityProvider]),
  /** Those that were not removed; `watching`: how many pictures each has open. */
  devices: z.array(z.strictObject({ pass: opaqueId, since: z.number(), watching: z.int() })),
});
export type Person = z.infer<typeof person>;
