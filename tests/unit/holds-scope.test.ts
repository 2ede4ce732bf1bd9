import { type Scope, scope, scopeCovers, scopeCoversRoom } from '@peekaboo/shared/hold';
import { describe, expect, test } from 'vitest';

const view = { nursery: 'sunny-hill', room: 'sunflowers', guardian: 'g_AAAAAAAAAAAAAAAA', pass: 'p_AAAAAAAAAAAAAAAA' };

const all: Scope = { kind: 'all' };
const nursery: Scope = { kind: 'nursery', nursery: 'sunny-hill' };
const room: Scope = { kind: 'room', nursery: 'sunny-hill', room: 'sunflowers' };
const guardian: Scope = { kind: 'guardian', nursery: 'sunny-hill', guardian: 'g_AAAAAAAAAAAAAAAA' };
const pass: Scope = { kind: 'pass', nursery: 'sunny-hill', pass: 'p_AAAAAAAAAAAAAAAA' };

describe('a hold covers', () => {
  test.each<[string, Scope]>([
    ['everything: every view', all],
    ['a nursery: its views', nursery],
    ['a room: its views', room],
    ['a guardian: their views', guardian],
    ['a pass: its views', pass],
  ])('%s', (_, reach) => {
    expect(scopeCovers(reach, view)).toBe(true);
  });

  test('a guardian in every room and with every pass', () => {
    expect(scopeCovers(guardian, { ...view, room: 'bluebells', pass: 'p_BBBBBBBBBBBBBBBB' })).toBe(true);
  });
  test('a pass in every room', () => {
    expect(scopeCovers(pass, { ...view, room: 'bluebells' })).toBe(true);
  });
  test('a room whoever watches', () => {
    expect(scopeCovers(room, { ...view, guardian: 'g_BBBBBBBBBBBBBBBB', pass: 'p_BBBBBBBBBBBBBBBB' })).toBe(true);
  });
  test('everything in every nursery', () => {
    expect(scopeCovers(all, { ...view, nursery: 'moon-lane' })).toBe(true);
  });
});

describe('a hold does not cover', () => {
  test.each<[string, Scope, Partial<typeof view>]>([
    ['another nursery', nursery, { nursery: 'moon-lane' }],
    ['another room', room, { room: 'bluebells' }],
    ['another guardian', guardian, { guardian: 'g_BBBBBBBBBBBBBBBB' }],
    ['another pass', pass, { pass: 'p_BBBBBBBBBBBBBBBB' }],
    ['a room of the same name in another nursery', room, { nursery: 'moon-lane' }],
    ['a guardian of the same id in another nursery', guardian, { nursery: 'moon-lane' }],
    ['a pass of the same id in another nursery', pass, { nursery: 'moon-lane' }],
    ['a room whose name is that of the nursery', { kind: 'room', nursery: 'sunny-hill', room: 'sunny-hill' }, {}],
    ['a name that only begins alike', { kind: 'room', nursery: 'sunny-hill', room: 'sunflower' }, {}],
    ['a name in other letters', { kind: 'room', nursery: 'sunny-hill', room: 'Sunflowers' }, {}],
  ])('%s', (_, reach, change) => {
    expect(scopeCovers(reach, { ...view, ...change })).toBe(false);
  });
});

describe('a hold darkens a whole room', () => {
  const place = { nursery: 'sunny-hill', room: 'sunflowers' };
  test.each<[string, Scope, boolean]>([
    ['when it is on everything', all, true],
    ['when it is on the nursery', nursery, true],
    ['when it is on the room', room, true],
    ['not when it is on a guardian', guardian, false],
    ['not when it is on a pass', pass, false],
    ['not when it is on a guardian without an id', { kind: 'guardian', nursery: 'sunny-hill', guardian: '' }, false],
    ['not when it is on a pass without an id', { kind: 'pass', nursery: 'sunny-hill', pass: '' }, false],
    ['not when it is on another room', { ...room, room: 'bluebells' } as Scope, false],
    ['not when it is on another nursery', { kind: 'nursery', nursery: 'moon-lane' }, false],
    ['not when it is on a room of that name in another nursery', { kind: 'room', nursery: 'moon-lane', room: 'sunflowers' }, false],
  ])('%s', (_, reach, covered) => {
    expect(scopeCoversRoom(reach, place)).toBe(covered);
  });

  test('and then every view in it', () => {
    for (const reach of [all, nursery, room]) expect(scopeCovers(reach, view)).toBe(scopeCoversRoom(reach, place));
  });
});

describe('a scope is refused', () => {
  test.each<[string, unknown]>([
    ['of another kind', { kind: 'country' }],
    ['of no kind', { nursery: 'sunny-hill' }],
    ['without its nursery', { kind: 'room', room: 'sunflowers' }],
    ['without its room', { kind: 'room', nursery: 'sunny-hill' }],
    ['with a field of another kind', { kind: 'nursery', nursery: 'sunny-hill', room: 'sunflowers' }],
    ['with a field on everything', { kind: 'all', nursery: 'sunny-hill' }],
    ['with a room that is a list', { kind: 'room', nursery: 'sunny-hill', room: ['sunflowers'] }],
    ['with a pass that is a name', { kind: 'pass', nursery: 'sunny-hill', pass: 'sunflowers' }],
  ])('%s', (_, value) => {
    expect(scope.safeParse(value).success).toBe(false);
  });
  test.each([all, nursery, room, guardian, pass])('but not $kind', (value) => {
    expect(scope.parse(value)).toEqual(value);
  });
});
