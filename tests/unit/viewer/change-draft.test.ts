import { changeRequest, type Person } from '@peekaboo/shared/entitlement';
import { describe, expect, test } from 'vitest';
import { changeOf, draftFrom } from '../../../apps/viewer/src/staff/change-draft.ts';

const timeZone = 'Europe/London';
const rooms = [{ id: 'sunflowers' }, { id: 'bluebells' }];
const person: Person = {
  ...{
    id: 'g_kJ3vUq0aYw8ZcB1x',
    role: 'guardian',
    rooms: ['sunflowers', 'gone'],
    state: 'active',
    source: 'invite',
    createdAt: 1,
    devices: [],
  },
  ...{ reference: 'C-042', endsAt: Date.parse('2027-07-31T12:00:00Z') },
  hours: { weekly: { fri: ['08:00-18:00'] }, exceptions: [{ date: '2027-01-01', windows: [] }] },
};
const now = { reference: 'C-042', endsAt: person.endsAt, hours: person.hours };

describe('the form for a change', () => {
  test('begins with what the person may now, without rooms that the nursery has no more', () => {
    const draft = draftFrom(person, rooms, timeZone);
    expect(draft).toMatchObject({ role: 'guardian', reference: 'C-042', lastDay: '2027-07-31', rooms: new Set(['sunflowers']) });
    expect(draft.weekly).toMatchObject({ mon: [], fri: [{ from: '08:00', to: '18:00' }] });
    const { hours: _, endsAt: __, reference: ___, ...bare } = person;
    expect(draftFrom(bare, rooms, timeZone)).toMatchObject({ reference: '', lastDay: '', weekly: null });
  });

  test('sent as it began changes nothing that it does not show', () => {
    const request = changeRequest.parse(changeOf(draftFrom(person, rooms, timeZone), person, timeZone));
    expect(request).toEqual({ guardian: person.id, rooms: ['sunflowers'], ...now });
  });

  test('asks for the end of another last day, and for none', () => {
    const draft = draftFrom(person, rooms, timeZone);
    expect(changeOf({ ...draft, lastDay: '2027-08-01' }, person, timeZone).endsAt).toBe(Date.parse('2027-08-01T23:00:00Z'));
    expect(changeOf({ ...draft, lastDay: '', reference: ' ', weekly: null }, person, timeZone)).toEqual({
      ...{ guardian: person.id, rooms: ['sunflowers'], hours: null, endsAt: null, reference: null },
    });
  });

  test('keeps the rooms of staff, and asks for their right', () => {
    const staff: Person = { ...person, id: 's_kJ3vUq0aYw8ZcB1x', role: 'staff', right: 'cut' };
    const draft = { ...draftFrom(staff, rooms, timeZone), right: 'administer' as const };
    expect(changeRequest.parse(changeOf(draft, staff, timeZone))).toMatchObject({ right: 'administer', rooms: ['sunflowers'] });
  });
});
