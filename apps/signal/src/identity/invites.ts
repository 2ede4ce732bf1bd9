import { createHash, randomBytes } from 'node:crypto';
import { type Entitlement, entitlement, type InviteRequest } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import type { Invite } from '../store/entitlement-store.ts';

/** Makes the entitlement that an invitation is for. `now` in milliseconds since the Unix epoch. @throws ZodError for one that no store could be read with. */
export function newEntitlement(request: InviteRequest, { nursery, by, now }: { nursery: string; by: string; now: number }): Entitlement {
  return entitlement.parse({ ...request, id: newId(request.role), nursery, createdAt: now, createdBy: by });
}

/**
 * Makes a one-time invite: 256 random bits for the person, in the fragment of a link, which browsers do not send to servers; the
 * hash of them for the store.
 */
export function newInvite({ id, role }: Entitlement, expiresAt: number): { invite: Invite; path: string } {
  const secret = randomBytes(32).toString('base64url');
  return {
    invite: { hash: hashOf(secret), entitlement: id, role, expiresAt },
    path: `${role === 'staff' ? '/staff' : '/'}#invite=${secret}`,
  };
}

/** What is kept of an invite's secret: its SHA-256. It is random, so that no salt is needed. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}
