import type { ChangedEntitlement, Entitlement } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import type { Pass } from '@peekaboo/shared/pass';
import { describe, expect, test } from 'vitest';
import { countingPass } from '../../../apps/signal/src/identity/counting-pass.ts';

const hours = { weekly: { mon: ['08:00-12:00'] }, exceptions: [] };
const guardian = newId('guardian');
const pass: Pass = {
  ...{ iss: 'peekaboo', aud: 'peekaboo-signal', sub: guardian, jti: newId('pass'), iat: 1_000, exp: 1_900 },
  ...{ role: 'guardian', nursery: 'willow', rooms: ['sun', 'moon'], hours, cnf: { jkt: 'A'.repeat(43) } },
};
const entitlement: Entitlement = { id: guardian, nursery: 'willow', role: 'guardian', rooms: ['sky'], createdAt: 1, createdBy: 'director' };
const changes = (part: Partial<Entitlement> = {}): Map<string, ChangedEntitlement> =>
  new Map([[guardian, { at: 5, entitlement: { ...entitlement, ...part } }]]);

describe('a pass that was issued before staff changed what it says', () => {
  test('counts as it is for whom nothing was changed', () => {
    expect(countingPass(pass, new Map())).toBe(pass);
    expect(countingPass({ ...pass, sub: newId('guardian') }, changes())).toMatchObject({ rooms: ['sun', 'moon'] });
  });

  test('counts for the rooms, hours and right of now, more or less than before', () => {
    const { hours: _, ...without } = pass;
    expect(countingPass(pass, changes())).toEqual({ ...without, rooms: ['sky'] });
    const staff = { ...without, role: 'staff', right: 'administer' } as const;
    expect(countingPass(staff, changes({ role: 'staff', rooms: [], right: 'observe' }))).toEqual({ ...staff, rooms: [], right: 'observe' });
    expect(countingPass(without, changes({ hours }))).toMatchObject({ hours });
  });

  test('ends with the last day of now, in whole seconds, and never later than it says itself', () => {
    expect(countingPass(pass, changes({ endsAt: 1_500_999 })).exp).toBe(1_500);
    expect(countingPass(pass, changes({ endsAt: 9_000_000 })).exp).toBe(1_900);
    expect(countingPass(pass, changes()).exp).toBe(1_900);
  });

  test('keeps who it is for, and is not mistaken for that of an SFU or of another nursery', () => {
    expect(countingPass(pass, changes())).toMatchObject({ sub: guardian, jti: pass.jti, cnf: pass.cnf, nursery: 'willow' });
    const elsewhere = { ...pass, nursery: 'elsewhere' };
    const sfu = { ...pass, role: 'sfu' as const };
    for (const other of [elsewhere, sfu]) expect(countingPass(other, changes())).toBe(other);
  });
});
