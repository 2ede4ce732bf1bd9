import { inviteRequest } from '@peekaboo/shared/entitlement';
import { describe, expect, test } from 'vitest';
import { type InviteDraft, mistakeIn, requestOf, weekToBeginWith } from '../../../apps/viewer/src/staff/invite-draft.ts';

const timeZone = 'Europe/London';
const now = Date.parse('2026-11-24T09:00:00Z');
const draft: InviteDraft = { role: 'guardian', rooms: new Set(['sunflowers']), right: 'cut', reference: '', lastDay: '', weekly: null };

describe('the form for an invitation', () => {
  test.each<[string, Partial<InviteDraft>, ReturnType<typeof mistakeIn>]>([
    ['a guardian with one room', {}, null],
    ['a guardian with no room', { rooms: new Set() }, 'rooms'],
    ['staff, who need no room', { role: 'staff', rooms: new Set() }, null],
    ['a code', { reference: 'C-042' }, null],
    ['a code as a phone writes it', { reference: ' c-042 ' }, null],
    ['a name', { reference: 'Anna' }, 'reference'],
    ['an e-mail address', { reference: 'anna@example.org' }, 'reference'],
    ['hours of its own', { weekly: weekToBeginWith }, null],
    ['hours that end as they begin', { weekly: { ...weekToBeginWith, sun: [{ from: '08:00', to: '08:00' }] } }, 'hours'],
    ['a last day that is today', { lastDay: '2026-11-24' }, null],
    ['a year that was mistyped', { lastDay: '20270-07-31' }, 'last-day'],
    ['a last day that is over', { lastDay: '2026-11-23' }, 'last-day'],
  ])('%s', (_, part, mistake) => {
    expect(mistakeIn({ ...draft, ...part }, { now, timeZone })).toBe(mistake);
  });

  test('what it asks for is what signal takes', () => {
    const weekly = { ...weekToBeginWith, mon: [], tue: [], wed: [], thu: [] };
    const full = { ...draft, reference: ' c-042 ', lastDay: '2027-07-31', weekly };
    expect(inviteRequest.parse(requestOf(full, timeZone))).toEqual({
      role: 'guardian',
      rooms: ['sunflowers'],
      reference: 'C-042',
      endsAt: Date.parse('2027-07-31T23:00:00Z'),
      hours: { weekly: { fri: ['08:00-18:00'] }, exceptions: [] },
    });
    const staff = inviteRequest.parse(requestOf({ ...draft, role: 'staff', right: 'observe' }, timeZone));
    expect(staff).toEqual({ role: 'staff', right: 'observe', rooms: [] });
  });
});
