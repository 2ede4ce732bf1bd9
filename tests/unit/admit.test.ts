import type { ErrorCode } from '@peekaboo/shared/errors';
import { type Hold, type Scope, scopeCovers } from '@peekaboo/shared/hold';
import { type Hours, weekdays } from '@peekaboo/shared/hours';
import type { Pass } from '@peekaboo/shared/pass';
import type { CameraState } from '@peekaboo/shared/room';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AdmissionRequest, admit, roomStateFor } from '../../apps/signal/src/admission/admit.ts';
import { hoursSearchMs } from '../../apps/signal/src/admission/hours.ts';

const at = (time: string) => Date.parse(`2026-01-05T${time}Z`); // a Monday; London is on UTC
const seconds = (milliseconds: number) => milliseconds / 1_000;
const daily = (...windows: string[]): Hours => ({
  weekly: Object.fromEntries(weekdays.map((weekday) => [weekday, windows])),
  exceptions: [],
});

const guardian = 'g_AAAAAAAAAAAAAAAA';
const pass: Pass = {
  iss: 'peekaboo',
  aud: 'peekaboo-signal',
  sub: guardian,
  jti: 'p_AAAAAAAAAAAAAAAA',
  iat: seconds(at('06:00')),
  exp: seconds(at('23:00')),
  role: 'guardian',
  nursery: 'sunny-hill',
  rooms: ['sunflowers'],
  cnf: { jkt: 'A'.repeat(43) },
};
const unbound = { ...pass, cnf: undefined } as unknown as Pass;
const room = { nursery: 'sunny-hill', id: 'sunflowers', timeZone: 'Europe/London', hours: daily('08:00-18:00') };
const holdOn = (scope: Scope, since: number = at('09:30')): Hold => ({
  id: 'h_AAAAAAAAAAAAAAAA',
  scope,
  reason: 'drill',
  by: 'director',
  at: since,
});
const roomHold = holdOn({ kind: 'room', nursery: 'sunny-hill', room: 'sunflowers' });

/** Somebody who may watch. */
const welcome: AdmissionRequest = {
  pass,
  provenKey: 'A'.repeat(43),
  revoked: false,
  room,
  holds: [],
  cameras: ['live'],
  openViews: 0,
  maxViews: 2,
  now: at('10:00'),
};

const codeOf = (request: AdmissionRequest): ErrorCode | 'admitted' => {
  const admission = admit(request);
  return admission.ok ? 'admitted' : admission.error.code;
};
const factsOf = (request: AdmissionRequest) => {
  const admission = admit(request);
  return admission.ok ? undefined : admission.error.facts;
};

describe('who may watch', () => {
  test.each<[string, Partial<AdmissionRequest>]>([
    ['a guardian with everything in order', {}],
    ['staff, by the same rules', { pass: { ...pass, role: 'staff' } }],
    ['somebody whose pass begins at this moment', { pass: { ...pass, nbf: seconds(at('10:00')) } }],
    ['somebody whose pass has a millisecond left', { now: at('23:00') - 1, room: { ...room, hours: daily('00:00-24:00') } }],
    ['somebody whose pass has hours, within them', { pass: { ...pass, hours: daily('09:00-12:00') } }],
    ['while a camera is stalled, since the picture may resume', { cameras: ['stalled'] }],
    ['while one camera of several is live', { cameras: ['offline', 'starting', 'live'] }],
    ['while a view is left to open', { openViews: 1, maxViews: 2 }],
    ['while another room is held', { holds: [holdOn({ kind: 'room', nursery: 'sunny-hill', room: 'bluebells' })] }],
    ['while another nursery is held', { holds: [holdOn({ kind: 'nursery', nursery: 'moon-lane' })] }],
    ['while another guardian is held', { holds: [holdOn({ kind: 'guardian', nursery: 'sunny-hill', guardian: 'g_BBBBBBBBBBBBBBBB' })] }],
    ['while another pass is held', { holds: [holdOn({ kind: 'pass', nursery: 'sunny-hill', pass: 'p_BBBBBBBBBBBBBBBB' })] }],
  ])('%s', (_, change) => {
    expect(codeOf({ ...welcome, ...change })).toBe('admitted');
  });
});

/** One way to fail each check, in the order of the checks. */
const failures: [ErrorCode, string, Partial<AdmissionRequest>][] = [
  ['PASS_MISSING', 'no pass', { pass: undefined }],
  ['ROLE_NOT_ALLOWED', 'the pass of an SFU', { pass: { ...pass, role: 'sfu' } }],
  ['PASS_INVALID', 'a pass that begins a second later', { pass: { ...pass, nbf: seconds(at('10:00')) + 1 } }],
  ['PASS_EXPIRED', 'a pass that ends at this very moment', { pass: { ...pass, exp: seconds(at('10:00')) } }],
  ['PASS_UNBOUND', 'a pass for no key in particular', { pass: unbound }],
  ['PROOF_INVALID', 'a pass whose key was not proven', { provenKey: undefined }],
  ['PROOF_INVALID', 'a pass for which another key was proven', { provenKey: 'B'.repeat(43) }],
  ['STORE_UNAVAILABLE', 'a revocation that could not be looked up', { revoked: undefined }],
  ['PASS_REVOKED', 'a revoked pass', { revoked: true }],
  ['ROOM_NOT_IN_PASS', 'a room that the pass does not name', { pass: { ...pass, rooms: ['bluebells'] } }],
  ['STORE_UNAVAILABLE', 'holds that cannot be read', { holds: undefined }],
  ['HELD', 'a hold on the room', { holds: [roomHold] }],
  ['OUTSIDE_HOURS', 'a room that is closed', { room: { ...room, hours: daily('12:00-18:00') } }],
  ['OUTSIDE_HOURS', 'a pass outside its own hours', { pass: { ...pass, hours: daily('12:00-18:00') } }],
  ['CAMERA_NOT_LIVE', 'a camera that is offline', { cameras: ['offline'] }],
  ['STORE_UNAVAILABLE', 'views that could not be counted', { openViews: undefined }],
  ['TOO_MANY_VIEWS', 'as many views as are allowed', { openViews: 2 }],
];

describe('who may not', () => {
  test.each(failures)('%s: %s', (code, _, change) => {
    expect(codeOf({ ...welcome, ...change })).toBe(code);
  });

  test.each<[ErrorCode, string, Partial<AdmissionRequest>]>([
    ['PASS_EXPIRED', 'a pass that ended a second ago', { pass: { ...pass, exp: seconds(at('10:00')) - 1 } }],
    ['ROOM_NOT_IN_PASS', 'a room that does not exist', { room: undefined }],
    ['ROOM_NOT_IN_PASS', 'a room of that name in another nursery', { room: { ...room, nursery: 'moon-lane' } }],
    ['ROOM_NOT_IN_PASS', 'a pass without rooms', { pass: { ...pass, rooms: [] } }],
    ['ROOM_NOT_IN_PASS', 'staff without the room in their pass', { pass: { ...pass, role: 'staff', rooms: [] } }],
    ['HELD', 'a hold on everything', { holds: [holdOn({ kind: 'all' })] }],
    ['HELD', 'a hold on the nursery', { holds: [holdOn({ kind: 'nursery', nursery: 'sunny-hill' })] }],
    ['HELD', 'a hold on the guardian', { holds: [holdOn({ kind: 'guardian', nursery: 'sunny-hill', guardian })] }],
    ['HELD', 'a hold on the pass', { holds: [holdOn({ kind: 'pass', nursery: 'sunny-hill', pass: pass.jti })] }],
    ['HELD', 'a hold on the room, for staff too', { pass: { ...pass, role: 'staff' }, holds: [roomHold] }],
    ['OUTSIDE_HOURS', 'the very moment at which the room closes', { now: at('18:00') }],
    ['CAMERA_NOT_LIVE', 'a camera that is still starting', { cameras: ['starting', 'offline'] }],
    ['CAMERA_NOT_LIVE', 'a room of which no camera is known', { cameras: [] }],
    ['CAMERA_NOT_LIVE', 'cameras of which nothing is known', { cameras: undefined }],
    ['TOO_MANY_VIEWS', 'more views than are allowed', { openViews: 3 }],
    ['TOO_MANY_VIEWS', 'a count of views that is no number', { openViews: Number.NaN }],
  ])('%s: %s', (code, _, change) => {
    expect(codeOf({ ...welcome, ...change })).toBe(code);
  });
});

describe('of two failures the earlier check answers', () => {
  const merged = (first: Partial<AdmissionRequest>, second: Partial<AdmissionRequest>): AdmissionRequest => {
    const request = { ...welcome, ...second, ...first };
    // Failures that both change the pass, or both the room, are put into one.
    if (first.pass && second.pass) request.pass = { ...pass, ...differences(second.pass, pass), ...differences(first.pass, pass) };
    return request;
  };
  const differences = <T extends object>(changed: T, original: T): Partial<T> =>
    Object.fromEntries(Object.entries(changed).filter(([key, value]) => original[key as keyof T] !== value)) as Partial<T>;
  const conflicts = (a: Partial<AdmissionRequest>, b: Partial<AdmissionRequest>) =>
    Object.keys(a).some((key) => key in b && (key !== 'pass' || !a.pass));

  const pairs = failures.flatMap(([code, what, first], index) =>
    failures
      .slice(index + 1)
      .filter(([, , second]) => !conflicts(first, second))
      .map(([, later, second]) => [what, later, code, merged(first, second)] as const),
  );

  test('in more than seventy pairs', () => {
    expect(pairs.length).toBeGreaterThan(70);
  });
  test.each(pairs)('%s before %s: %s', (_, __, code, request) => {
    expect(codeOf(request)).toBe(code);
  });
});

describe('what is not known denies', () => {
  test.each(['pass', 'revoked', 'room', 'holds', 'cameras', 'openViews'] as const)('%s', (key) => {
    expect(codeOf({ ...welcome, [key]: undefined })).not.toBe('admitted');
  });
});

describe('a refusal says', () => {
  test('since when it is held: by the first of the holds that cover the view', () => {
    const holds = [
      holdOn({ kind: 'room', nursery: 'sunny-hill', room: 'bluebells' }, at('07:00')),
      holdOn({ kind: 'nursery', nursery: 'sunny-hill' }, at('09:50')),
      holdOn({ kind: 'guardian', nursery: 'sunny-hill', guardian }, at('09:10')),
      roomHold,
    ];
    expect(factsOf({ ...welcome, holds })).toEqual({ since: at('09:10') });
  });

  test('when the room opens', () => {
    expect(factsOf({ ...welcome, now: at('07:00') })).toEqual({ opensAt: at('08:00') });
  });

  test('when room and pass are next open together', () => {
    const hours: Hours = { weekly: { mon: ['06:00-08:00'], fri: ['16:00-20:00'] }, exceptions: [] };
    expect(factsOf({ ...welcome, pass: { ...pass, hours } })).toEqual({ opensAt: Date.parse('2026-01-09T16:00Z') });
  });

  test('that room and pass are never open together', () => {
    expect(factsOf({ ...welcome, pass: { ...pass, hours: daily('18:00-20:00') } })).toEqual({ opensAt: null });
  });

  test('nothing at all of a room that is not in the pass', () => {
    const held = { ...welcome, holds: [roomHold], pass: { ...pass, rooms: ['bluebells'] } };
    const missing = { ...welcome, room: undefined };
    const elsewhere = { ...welcome, room: { ...room, nursery: 'moon-lane' } };
    const wire = (request: AdmissionRequest) => {
      const admission = admit(request);
      return admission.ok ? undefined : admission.error.toWire();
    };
    expect(wire(held)).toEqual(wire(missing));
    expect(wire(elsewhere)).toEqual(wire(missing));
    expect(factsOf(missing)).toEqual({});
  });
});

describe('a view ends by itself', () => {
  const untilOf = (request: AdmissionRequest) => {
    const admission = admit(request);
    return admission.ok ? admission.validUntil : admission.error.code;
  };
  test.each([
    ['when the pass expires', '11:00', undefined, '12:00-18:00', '11:00'],
    ['when the pass expires, before the hours of the pass end', '11:00', '09:00-12:00', '08:00-18:00', '11:00'],
    ['when the room closes', '23:00', undefined, '08:00-18:00', '18:00'],
    ['when the room closes, before the hours of the pass end', '23:00', '09:00-20:00', '08:00-18:00', '18:00'],
    ['when the hours of the pass end', '23:00', '09:00-12:00', '08:00-18:00', '12:00'],
  ])('%s', (_, exp, passHours, roomHours, expected) => {
    const from = roomHours === '12:00-18:00' ? daily('08:00-12:00', roomHours) : daily(roomHours);
    const limited: Pass = { ...pass, exp: seconds(at(exp)), ...(passHours && { hours: daily(passHours) }) };
    expect(untilOf({ ...welcome, pass: limited, room: { ...room, hours: from } })).toBe(at(expected));
  });

  test('after 400 days at the latest, beyond which hours are not looked up', () => {
    const always = { ...room, hours: daily('00:00-24:00') };
    expect(untilOf({ ...welcome, room: always })).toBe(at('23:00'));
    expect(untilOf({ ...welcome, room: always, pass: { ...pass, exp: 4_102_444_800 } })).toBe(welcome.now + hoursSearchMs);
  });
});

describe('what a page shows of a room', () => {
  const { holds, cameras, now } = welcome;
  test.each([
    ['open, until it closes', {}, { state: 'open', closesAt: at('18:00') }],
    ['open, until the hours of the pass end', { pass: { ...pass, hours: daily('09:00-12:00') } }, { state: 'open', closesAt: at('12:00') }],
    ['open, without an end', { room: { ...room, hours: daily('00:00-24:00') } }, { state: 'open', closesAt: null }],
    ['closed, until it opens', { now: at('07:00') }, { state: 'closed', opensAt: at('08:00') }],
    ['held, since when', { holds: [roomHold] }, { state: 'held', since: roomHold.at }],
    ['held, though it is closed too', { holds: [roomHold], now: at('07:00') }, { state: 'held', since: roomHold.at }],
    ['a camera that starts', { cameras: ['offline', 'starting'] as CameraState[] }, { state: 'camera-not-live', camera: 'starting' }],
    ['a camera that is offline', { cameras: ['offline'] as CameraState[] }, { state: 'camera-not-live', camera: 'offline' }],
    ['no camera', { cameras: [] }, { state: 'camera-not-live', camera: 'offline' }],
    ['closed, though its camera is offline', { cameras: [], now: at('07:00') }, { state: 'closed', opensAt: at('08:00') }],
    ['no picture while holds cannot be read', { holds: undefined }, { state: 'camera-not-live', camera: 'offline' }],
  ])('%s', (_, change, expected) => {
    expect(roomStateFor({ pass, room, holds, cameras, now, ...change })).toEqual(expected);
  });

  test('staff see the room as such: holds on it, none on single people, and not the hours of a pass', () => {
    const view = { pass: undefined, room, cameras, now };
    expect(roomStateFor({ ...view, holds: [roomHold] })).toEqual({ state: 'held', since: roomHold.at });
    expect(roomStateFor({ ...view, holds: [holdOn({ kind: 'all' })] })).toEqual({ state: 'held', since: roomHold.at });
    const personal = [
      holdOn({ kind: 'guardian', nursery: 'sunny-hill', guardian }),
      holdOn({ kind: 'pass', nursery: 'sunny-hill', pass: pass.jti }),
    ];
    expect(roomStateFor({ ...view, holds: personal })).toEqual({ state: 'open', closesAt: at('18:00') });
  });
});

const slugs = fc.constantFrom('sunny-hill', 'moon-lane');
const rooms = fc.constantFrom('sunflowers', 'bluebells');
const scopes: fc.Arbitrary<Scope> = fc.oneof(
  fc.record({ kind: fc.constant('nursery' as const), nursery: slugs }),
  fc.record({ kind: fc.constant('room' as const), nursery: slugs, room: rooms }),
  fc.record({ kind: fc.constant('guardian' as const), nursery: slugs, guardian: fc.constantFrom(guardian, 'g_BBBBBBBBBBBBBBBB') }),
  fc.record({ kind: fc.constant('pass' as const), nursery: slugs, pass: fc.constantFrom(pass.jti, 'p_BBBBBBBBBBBBBBBB') }),
);
const times = fc.constantFrom(...['07:00', '08:00', '10:00', '11:59', '12:00', '17:59', '18:00', '22:59', '23:00'].map(at));
const someHours = fc.constantFrom(daily(), daily('08:00-18:00'), daily('00:00-24:00'), daily('12:00-18:00'), daily('22:00-08:00'));
const requests: fc.Arbitrary<AdmissionRequest & { room: NonNullable<AdmissionRequest['room']>; pass: Pass }> = fc.record({
  pass: fc
    .record({
      role: fc.constantFrom('guardian' as const, 'staff' as const, 'sfu' as const),
      exp: times.map(seconds),
      nbf: times.map(seconds),
      hours: someHours,
      rooms: fc.constantFrom<string[][]>(['sunflowers'], ['bluebells'], ['sunflowers', 'bluebells']),
    })
    .chain((claims) =>
      fc.subarray(['nbf', 'hours', 'role', 'exp'] as const).map((kept) => ({
        ...pass,
        rooms: claims.rooms,
        ...Object.fromEntries(kept.map((key) => [key, claims[key]])),
      })),
    ),
  provenKey: fc.constantFrom('A'.repeat(43), 'A'.repeat(43), 'A'.repeat(43), 'B'.repeat(43)),
  revoked: fc.option(fc.boolean(), { nil: undefined }),
  room: fc.record({ nursery: fc.constant('sunny-hill'), id: rooms, timeZone: fc.constant('Europe/London'), hours: someHours }),
  holds: fc.option(
    fc.array(
      fc.record({ scope: scopes, since: times }).map(({ scope, since }) => holdOn(scope, since)),
      { maxLength: 2 },
    ),
    {
      nil: undefined,
      freq: 8,
    },
  ),
  cameras: fc.option(fc.array(fc.constantFrom<CameraState>('starting', 'live', 'stalled', 'offline'), { maxLength: 2 }), {
    nil: undefined,
  }),
  openViews: fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined }),
  maxViews: fc.constantFrom(1, 2),
  now: times,
});

/** The refusals that say nothing of the room's own state. */
const personal: (ErrorCode | 'admitted')[] = [
  'ROLE_NOT_ALLOWED',
  'PASS_INVALID',
  'PASS_EXPIRED',
  'PROOF_INVALID',
  'PASS_REVOKED',
  'ROOM_NOT_IN_PASS',
];

test('pages and admission never disagree on a room', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(requests, (request) => {
      const code = codeOf(request);
      const state = roomStateFor(request);
      seen.add(`${code} ${state.state}`);
      if (personal.includes(code) || request.revoked === undefined) return;
      expect(state.state === 'held').toBe(code === 'HELD');
      expect(state.state === 'closed').toBe(code === 'OUTSIDE_HOURS');
      expect(state.state === 'camera-not-live').toBe(code === 'CAMERA_NOT_LIVE' || (code === 'STORE_UNAVAILABLE' && !request.holds));
      expect(state.state === 'open').toBe(
        code === 'admitted' ||
          code === 'TOO_MANY_VIEWS' ||
          (code === 'STORE_UNAVAILABLE' && request.openViews === undefined && !!request.holds),
      );
      const admission = admit(request);
      if (admission.ok && state.state === 'open') {
        expect(admission.validUntil).toBe(Math.min(request.pass.exp * 1_000, state.closesAt ?? request.now + hoursSearchMs));
      }
      if (code === 'HELD' || code === 'OUTSIDE_HOURS') expect(factsOf(request)).toEqual({ ...state, state: undefined });
    }),
    { numRuns: 5_000 },
  );
  for (const both of ['admitted open', 'HELD held', 'OUTSIDE_HOURS closed', 'CAMERA_NOT_LIVE camera-not-live', 'TOO_MANY_VIEWS open']) {
    expect(seen).toContain(both);
  }
});

test('whoever is admitted has a pass in time for the room, no hold, and a view that ends later than now but no later than the pass', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const admission = admit(request);
      if (!admission.ok) return;
      const { pass: claims, room: place, holds, now } = request;
      const subject = { nursery: place.nursery, room: place.id, guardian: claims.sub, pass: claims.jti };
      expect(claims.rooms).toContain(place.id);
      expect(holds?.some(({ scope }) => scopeCovers(scope, subject))).toBe(false);
      expect(admission.validUntil).toBeGreaterThan(now);
      expect(admission.validUntil).toBeLessThanOrEqual(claims.exp * 1_000);
      // A moment before its end the same person is still admitted; at its end nobody is.
      expect(codeOf({ ...request, now: admission.validUntil - 1 })).toBe('admitted');
      expect(codeOf({ ...request, now: admission.validUntil })).toMatch(/^(PASS_EXPIRED|OUTSIDE_HOURS)$/);
    }),
    { numRuns: 5_000 },
  );
});
