import type { Device, Entitlement } from '@peekaboo/shared/entitlement';

/** A handshake and a reply carry 8,000 characters of pass; its header, signature and remaining claims take less than 500. */
const mostCharacters = 7_000;

type Terms = Pick<Entitlement, 'id' | 'nursery' | 'role' | 'rooms' | 'hours' | 'right'>;

/** What the pass of a device says of its holder. */
export function passTerms({ id: sub, nursery, role, rooms, hours, right }: Terms, { jkt, pass: jti }: Pick<Device, 'jkt' | 'pass'>) {
  return { sub, role, nursery, rooms, ...(hours && { hours }), ...(right && { right }), cnf: { jkt }, jti };
}

/** Whether passes on these terms are short enough to be handed out and presented, whoever they are for. */
export function fitsIntoPass(terms: Pick<Entitlement, 'rooms' | 'hours'>): boolean {
  const longest = { id: 'x'.repeat(18), nursery: 'x'.repeat(48), role: 'guardian', right: 'administer' } as const;
  const claims = passTerms({ ...longest, ...terms }, { jkt: 'x'.repeat(43), pass: 'x'.repeat(18) });
  return Buffer.from(JSON.stringify(claims)).toString('base64url').length <= mostCharacters;
}
