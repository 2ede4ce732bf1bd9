import { type ChangeRequest, type Entitlement, entitlement } from '@peekaboo/shared/entitlement';
import { newId } from '@peekaboo/shared/ids';
import { describe, expect, test } from 'vitest';
import { refuseBadTerms, withTerms } from '../../../apps/signal/src/identity/terms.ts';

const guardian: Entitlement = {
  ...{ id: newId('guardian'), nursery: 'willow', role: 'guardian', rooms: ['sun'], reference: 'C-042', endsAt: 5_000 },
  ...{ createdAt: 1, createdBy: 'director' },
};
const staff: Entitlement = { ...guardian, id: newId('staff'), role: 'staff', right: 'cut', rooms: [] };
const request = (part: Partial<ChangeRequest> = {}): ChangeRequest => ({
  ...{ guardian: guardian.id, rooms: ['moon'], hours: null, endsAt: null, reference: null },
  ...part,
});
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('what somebody may, changed', () => {
  test('is what was asked for and nothing of before; who they are stays', () => {
    const { endsAt: _, reference: __, ...rest } = guardian;
    expect(withTerms(guardian, request())).toEqual({ ...rest, rooms: ['moon'] });
    const hours = { weekly: { mon: ['08:00-12:00'] }, exceptions: [] };
    const all = request({ hours, endsAt: 9_000, reference: 'C-7' });
    expect(entitlement.parse(withTerms(guardian, all))).toEqual({ ...rest, rooms: ['moon'], hours, endsAt: 9_000, reference: 'C-7' });
    expect(withTerms(staff, request({ rooms: [], right: 'observe' }))).toMatchObject({ id: staff.id, role: 'staff', right: 'observe' });
  });

  test.each<[string, Entitlement, Partial<ChangeRequest>]>([
    ['a guardian of no room', guardian, { rooms: [] }],
    ['a guardian with a right', guardian, { right: 'administer' }],
    ['staff without a right', staff, { rooms: [] }],
    ['somebody for whom an identity provider speaks', { ...guardian, createdBy: 'identity-provider' }, {}],
  ])('cannot be %s', (_, known, part) => {
    expect(codeOf(() => withTerms(known, request(part)))).toBe('BAD_MESSAGE');
  });

  test('names rooms that are there, an end that is to come, and hours that exist', () => {
    const place = { nursery: { timeZone: 'Europe/London' }, has: (room: string) => room === 'sun' };
    const codeFor = (terms: Parameters<typeof refuseBadTerms>[0]) => codeOf(() => refuseBadTerms(terms, place, 1_000));
    expect(codeFor({ rooms: ['sun'], endsAt: 1_001 })).toBeUndefined();
    expect(codeFor({ rooms: ['moon'] })).toBe('BAD_MESSAGE');
    expect(codeFor({ rooms: ['sun'], endsAt: 1_000 })).toBe('BAD_MESSAGE');
    const never = { weekly: {}, exceptions: [{ date: '2027-03-28', windows: ['01:30-05:00'] }] };
    expect(codeFor({ rooms: ['sun'], hours: never })).toBe('HOURS_INVALID');
  });
});
