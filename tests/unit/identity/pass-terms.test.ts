import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Entitlement, mostRooms } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { handshake, issuedPass } from '@peekaboo/shared/wire';
import { expect, onTestFinished, test } from 'vitest';
import { newEntitlement } from '../../../apps/signal/src/identity/invites.ts';
import { openIssuer } from '../../../apps/signal/src/identity/issuer.ts';
import { fitsIntoPass, passTerms } from '../../../apps/signal/src/identity/pass-terms.ts';

const now = 1_700_000_000_000;
const made = (terms: Pick<Entitlement, 'rooms' | 'hours'>) =>
  newEntitlement({ role: 'guardian', ...terms }, { nursery: 'willow-house-in-the-old-mill', by: newId('staff'), now });
const closedOn = (days: number) => ({
  weekly: {},
  exceptions: Array.from({ length: days }, (_, day) => ({
    date: new Date(Date.UTC(2027, 0, 1 + day)).toISOString().slice(0, 10),
    windows: [],
  })),
});
const rooms = (many: number, length: number) => Array.from({ length: many }, (_, index) => `${index}`.padEnd(length, 'x'));

test('what is said to fit into a pass does, at its very longest; what does not is told from it beforehand', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-terms-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const issuer = await openIssuer(folder);
  const longest = Array.from({ length: 400 }, (_, days) => made({ rooms: ['sun'], hours: closedOn(days) })).findLast(fitsIntoPass);
  for (const entitlement of [longest, made({ rooms: rooms(80, 48) }), made({ rooms: rooms(mostRooms, 20) })]) {
    if (!entitlement) throw new Error('none fits');
    expect(fitsIntoPass(entitlement)).toBe(true);
    const terms = passTerms(entitlement, { jkt: 'A'.repeat(43), pass: newId('pass') });
    const pass = await issuer.issue({ ...terms, validForSeconds: 900 }, now);
    expect(pass.length).toBeGreaterThan(5_000);
    expect(issuedPass.safeParse({ pass, validForMs: 1 }).success && handshake.safeParse({ pass, proof: 'x' }).success).toBe(true);
  }
  for (const terms of [{ rooms: rooms(mostRooms, 48) }, { rooms: ['sun'], hours: closedOn(400) }])
    expect(fitsIntoPass(made(terms))).toBe(false);
});
