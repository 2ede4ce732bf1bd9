import { z } from 'zod';
import { latestEnd, mostRooms, staffRight } from './entitlement.ts';
import { hours } from './hours.ts';
import { opaqueId, slug } from './ids.ts';

/** Fixed `iss` of the built-in issuer, and the `aud` and `typ` every pass carries (RFC 7519 section 4.1, RFC 8725 section 3). */
export const passIssuer = 'peekaboo';
export const passAudience = 'peekaboo-signal';
export const passType = 'peekaboo-pass+jwt';
export const passAlgorithms = ['ES256', 'EdDSA'] as const;

export const role = z.enum(['guardian', 'staff', 'sfu']);
export type Role = z.infer<typeof role>;

/** The claims of a pass, after its signature was checked. Times are seconds since the Unix epoch, as RFC 7519 has them. */
export const passClaims = z.strictObject({
  iss: z.string().max(200),
  aud: z.literal(passAudience),
  sub: opaqueId.or(slug),
  jti: opaqueId,
  iat: z.int().nonnegative(),
  exp: z
    .int()
    .nonnegative()
    .max(latestEnd / 1_000, 'expires after the year 2099'),
  nbf: z.int().nonnegative().optional(),
  role,
  nursery: slug,
  rooms: z.array(slug).max(mostRooms),
  hours: hours.optional(),
  /** Of staff. */
  right: staffRight.optional(),
  /** Thumbprint of the key that the holder must prove (RFC 7800, RFC 9449 section 6.1). */
  cnf: z.strictObject({ jkt: z.string().regex(/^[A-Za-z0-9_-]{43}$/) }).optional(),
});
export type Pass = z.infer<typeof passClaims>;
