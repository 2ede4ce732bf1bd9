import { includesRight, reference } from '@peekaboo/shared/entitlement';
import { receipt } from '@peekaboo/shared/hold';
import { hours, hoursWindow } from '@peekaboo/shared/hours';
import { newId, opaqueId, slug } from '@peekaboo/shared/ids';
import { passClaims } from '@peekaboo/shared/pass';
import { roomState } from '@peekaboo/shared/room';
import {
  guardianAsks,
  guardianTells,
  handshake,
  holdsInOneOffer,
  passRequest,
  sfuAsks,
  sfuOrders,
  sfuTells,
  staffAsks,
  staffTells,
} from '@peekaboo/shared/wire';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';

const accepts = (schema: z.ZodType, value: unknown) => schema.safeParse(value).success;
const megabyte = 'a'.repeat(1_000_000);
const view = 'v_kJ3vUq0aYw8ZcB1x';

describe('a name', () => {
  test.each(['a', '0', 'sunflowers', 'room-2', 'a'.repeat(48)])('may be %s', (text) => {
    expect(accepts(slug, text)).toBe(true);
  });
  test.each<[string, unknown]>([
    ['empty', ''],
    ['49 characters long', 'a'.repeat(49)],
    ['a megabyte', megabyte],
    ['with capitals', 'Sunflowers'],
    ['with a space', 'sun flowers'],
    ['with a line break at its end', 'sunflowers\n'],
    ['that begins with a hyphen', '-sunflowers'],
    ['with an underscore, as __proto__', '__proto__'],
    ['with dots and slashes', '../sunflowers'],
    ['with other letters', 'sonnenblümchen'],
    ['with digits of another script', 'room-٣'],
    ['that is a number', 7],
    ['that is a list', ['sunflowers']],
    ['that is nothing', null],
  ])('is refused: one %s', (_, value) => {
    expect(accepts(slug, value)).toBe(false);
  });
});

describe('an id made by Peekaboo', () => {
  const kinds = { view: 'v', hold: 'h', pass: 'p', guardian: 'g', staff: 's', receipt: 'r' } as const;

  test.each(Object.entries(kinds))('of a %s begins with %s_ and has 16 characters of base64url', (kind, letter) => {
    const id = newId(kind as keyof typeof kinds);
    expect(id).toMatch(/^[a-z]_[A-Za-z0-9_-]{16}$/);
    expect(id.startsWith(`${letter}_`)).toBe(true);
    expect(accepts(opaqueId, id)).toBe(true);
  });

  test('is always fit for a URL, and never the same twice', () => {
    const ids = Array.from({ length: 20_000 }, () => newId('view'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => accepts(opaqueId, id) && encodeURIComponent(id) === id)).toBe(true);
  });

  test('makes use of every one of its 96 bits', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const ids = Array.from({ length: 4_000 }, () => newId('hold').slice(2));
    for (let place = 0; place < 16; place += 1) expect(new Set(ids.map((id) => id[place])).size).toBe(alphabet.length);
  });

  test.each<[string, unknown]>([
    ['without a kind', 'kJ3vUq0aYw8ZcB1x'],
    ['with a kind of two letters', 'vv_kJ3vUq0aYw8ZcB1x'],
    ['a character short', 'v_kJ3vUq0aYw8ZcB1'],
    ['a character long', 'v_kJ3vUq0aYw8ZcB1xx'],
    ['in plain base64', 'v_kJ3vUq0aYw8ZcB1+'],
    ['with a line break at its end', 'v_kJ3vUq0aYw8ZcB1x\n'],
    ['of a megabyte', `v_${megabyte}`],
    ['that is an object', { toString: () => view }],
  ])('is refused: one %s', (_, value) => {
    expect(accepts(opaqueId, value)).toBe(false);
  });
});

describe('a window of hours', () => {
  test.each(['08:00-18:00', '00:00-24:00', '00:00-00:01', '23:59-00:00', '22:00-06:00', '23:59-24:00'])('may be %s', (text) => {
    expect(accepts(hoursWindow, text)).toBe(true);
  });
  test.each([
    '8:00-18:00',
    '08:00-18:60',
    '08:60-18:00',
    '24:00-08:00',
    '08:00-24:01',
    '08:00-25:00',
    '08:00 - 18:00',
    '08:00–18:00',
    '08:00-18:00\n',
    '08:00-18:00-19:00',
    '08:00',
    '08:00-08:00',
    '00:00-00:00',
    '0٨:00-18:00',
    '',
  ])('is refused: "%s"', (text) => {
    expect(accepts(hoursWindow, text)).toBe(false);
  });
  test('is refused when it is a megabyte', () => {
    expect(accepts(hoursWindow, megabyte)).toBe(false);
  });
});

describe('hours', () => {
  const windows = (count: number) => Array.from({ length: count }, (_, hour) => `0${hour}:00-0${hour}:30`);
  const exceptions = (count: number) =>
    Array.from({ length: count }, (_, day) => ({ date: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10), windows: [] }));

  test('need no exceptions', () => {
    expect(hours.parse({ weekly: { mon: ['08:00-18:00'] } })).toEqual({ weekly: { mon: ['08:00-18:00'] }, exceptions: [] });
  });

  test.each<[string, unknown]>([
    ['that never open', { weekly: {} }],
    ['with a weekday that is closed', { weekly: { mon: [] } }],
    ['with eight windows a day', { weekly: { mon: windows(8) } }],
    ['with 400 exceptions', { weekly: {}, exceptions: exceptions(400) }],
    ['with an exception on a leap day', { weekly: {}, exceptions: [{ date: '2028-02-29', windows: ['08:00-12:00'] }] }],
  ])('may be some %s', (_, value) => {
    expect(accepts(hours, value)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['without a week', {}],
    ['with nothing for a week', { weekly: null }],
    ['with a list for a week', { weekly: [['08:00-18:00']] }],
    ['with a weekday written out', { weekly: { monday: ['08:00-18:00'] } }],
    ['with a weekday in capitals', { weekly: { Mon: ['08:00-18:00'] } }],
    ['with a window outside a list', { weekly: { mon: '08:00-18:00' } }],
    ['with a weekday that is nothing', { weekly: { mon: null } }],
    ['with nine windows a day', { weekly: { mon: windows(9) } }],
    ['with 401 exceptions', { weekly: {}, exceptions: exceptions(401) }],
    ['with an exception on a day that is none', { weekly: {}, exceptions: [{ date: '2026-02-29', windows: [] }] }],
    ['with a date written otherwise', { weekly: {}, exceptions: [{ date: '25.12.2026', windows: [] }] }],
    ['with a date that has a time', { weekly: {}, exceptions: [{ date: '2026-12-25T00:00Z', windows: [] }] }],
    ['with an exception that does not say what applies', { weekly: {}, exceptions: [{ date: '2026-12-25' }] }],
    ['with an unknown field', { weekly: {}, timeZone: 'Europe/London' }],
    ['with an unknown field in an exception', { weekly: {}, exceptions: [{ date: '2026-12-25', windows: [], name: 'Christmas' }] }],
    ['with __proto__ as a field', JSON.parse('{"weekly": {}, "__proto__": {"exceptions": []}}')],
    ['that are a megabyte', megabyte],
  ])('are refused: some %s', (_, value) => {
    expect(accepts(hours, value)).toBe(false);
  });

  test('take nothing from a weekday called __proto__', () => {
    const parsed = hours.safeParse(JSON.parse('{"weekly": {"__proto__": {"mon": ["08:00-18:00"]}}}'));
    expect(parsed.data?.weekly.mon).toBeUndefined();
    expect(({} as Record<string, unknown>).mon).toBeUndefined();
  });
});

describe('the claims of a pass', () => {
  const claims = {
    iss: 'peekaboo',
    aud: 'peekaboo-signal',
    sub: 'g_kJ3vUq0aYw8ZcB1x',
    jti: 'p_kJ3vUq0aYw8ZcB1x',
    iat: 1_780_000_000,
    exp: 1_790_000_000,
    role: 'guardian',
    nursery: 'sunny-hill',
    rooms: ['sunflowers'],
  };
  const without = (key: keyof typeof claims) => Object.fromEntries(Object.entries(claims).filter(([name]) => name !== key));

  test.each<[string, object]>([
    ['as they are', {}],
    ['of staff', { role: 'staff', sub: 'director' }],
    ['of an SFU, which watches nothing', { role: 'sfu', sub: 'sfu-1', rooms: [] }],
    ['with 200 rooms', { rooms: Array.from({ length: 200 }, (_, index) => `room-${index}`) }],
    ['with hours', { hours: { weekly: { mon: ['08:00-18:00'] } } }],
    ['with a beginning', { nbf: 1_780_000_000 }],
    ['bound to a key', { cnf: { jkt: 'A'.repeat(43) } }],
    ['to the end of the century', { exp: 4_102_444_800 }],
  ])('may be some %s', (_, change) => {
    expect(accepts(passClaims, { ...claims, ...change })).toBe(true);
  });

  test.each(Object.keys(claims) as (keyof typeof claims)[])('are refused without %s', (key) => {
    expect(accepts(passClaims, without(key))).toBe(false);
  });

  test.each<[string, object]>([
    ['for another audience', { aud: 'peekaboo-sfu' }],
    ['for several audiences', { aud: ['peekaboo-signal', 'another'] }],
    ['of a role that is none', { role: 'admin' }],
    ['of a role that is a list', { role: ['staff'] }],
    ['of a camera, whose role does not exist yet', { role: 'camera' }],
    ['with an e-mail address as their subject', { sub: 'parent@example.com' }],
    ['with a name', { name: 'Ada' }],
    ['with an id of their own making', { jti: '1' }],
    ['that end in the next century', { exp: 4_102_444_801 }],
    ['that end at a fraction of a second', { exp: 1_790_000_000.5 }],
    ['that end never', { exp: Number.POSITIVE_INFINITY }],
    ['that end at what is no number', { exp: Number.NaN }],
    ['that end at a text', { exp: '1790000000' }],
    ['from before 1970', { iat: -1 }],
    ['with 201 rooms', { rooms: Array.from({ length: 201 }, (_, index) => `room-${index}`) }],
    ['with a room called *', { rooms: ['*'] }],
    ['with a text for rooms', { rooms: 'sunflowers' }],
    ['with a room of a megabyte', { rooms: [megabyte] }],
    ['with hours that are wrong', { hours: { weekly: { mon: ['8-18'] } } }],
    ['with hours that are nothing', { hours: null }],
    ['bound to a thumbprint that is too short', { cnf: { jkt: 'A'.repeat(42) } }],
    ['bound to a whole key', { cnf: { jwk: {} } }],
    ['bound to nothing', { cnf: {} }],
    ['with an issuer of a megabyte', { iss: megabyte }],
  ])('are refused: some %s', (_, change) => {
    expect(accepts(passClaims, { ...claims, ...change })).toBe(false);
  });

  test('are refused with __proto__ as a claim', () => {
    expect(accepts(passClaims, JSON.parse(`{"__proto__": {"role": "staff"}, ${JSON.stringify(claims).slice(1)}`))).toBe(false);
    expect(accepts(passClaims, JSON.parse(`{"__proto__": ${JSON.stringify(claims)}}`))).toBe(false);
  });
});

const subject = { nursery: 'sunny-hill', room: 'sunflowers', guardian: 'g_kJ3vUq0aYw8ZcB1x', pass: 'p_kJ3vUq0aYw8ZcB1x' };
const hold = { id: 'h_kJ3vUq0aYw8ZcB1x', scope: { kind: 'all' }, reason: 'drill', by: 'director', at: 1_780_000_000_000 };
const camera = { camera: 'sunflowers-1', room: 'sunflowers', state: 'live' };
const open = { state: 'open', closesAt: null };
const aPerson = {
  ...{ id: subject.guardian, role: 'guardian', rooms: ['sunflowers'], state: 'active', createdAt: 1, source: 'invite' },
  devices: [{ pass: subject.pass, since: 1, watching: 1 }],
};
const aReceipt = {
  id: 'r_kJ3vUq0aYw8ZcB1x',
  hold,
  state: 'confirmed',
  durable: true,
  viewsClosed: 1,
  totalMs: 4.2,
  acknowledgements: [{ sfu: 'sfu-1', state: 'dark', viewsClosed: 1, tookMs: 1.5, afterMs: 3 }],
  signature: 'a.b.c',
};

/** Every message of the wire once, as it should be. */
const messages: [string, z.ZodType, object][] = [
  ['renew', guardianAsks.renew.request, { proof: 'a.b.c' }],
  ['the answer to renew', guardianAsks.renew.reply, { pass: 'a.b.c', validForMs: 900_000 }],
  ['watch', guardianAsks.watch.request, { room: 'sunflowers' }],
  ['the answer to watch', guardianAsks.watch.reply, { view, offer: 'v=0', iceServers: [{ urls: 'stun:stun.example.org' }], validUntil: 1 }],
  ['answer', guardianAsks.answer.request, { view, sdp: 'v=0', proof: 'a.b.c' }],
  ['leave', guardianAsks.leave.request, { view }],
  [
    'rooms',
    guardianTells.rooms,
    { nursery: { name: 'Sunny Hill', timeZone: 'Europe/London' }, rooms: [{ id: 'sunflowers', name: 'Sunflowers', state: open }] },
  ],
  ['view.limit of a guardian', guardianTells['view.limit'], { view, validUntil: 1 }],
  ['view.closed', guardianTells['view.closed'], { view, reason: 'cut' }],
  ['a staff cut', staffAsks.cut.request, { scope: { kind: 'all' }, reason: 'drill' }],
  ['revoke', staffAsks.revoke.request, { scope: { kind: 'pass', nursery: 'sunny-hill', pass: subject.pass }, reason: 'left' }],
  ['hours.set', staffAsks['hours.set'].request, { room: 'sunflowers', hours: { weekly: { mon: ['08:00-18:00'] }, exceptions: [] } }],
  ['hours.reset', staffAsks['hours.reset'].request, { room: 'sunflowers' }],
  ['hours', staffTells.hours, { rooms: [{ id: 'sunflowers', hours: { weekly: {}, exceptions: [] }, from: { source: 'file' } }] }],
  ['guardians', staffAsks.guardians.request, {}],
  ['the answer to guardians', staffAsks.guardians.reply, { guardians: [aPerson] }],
  ['an invite of a guardian', staffAsks.invite.request, { role: 'guardian', rooms: ['sunflowers'] }],
  ['an invite of staff', staffAsks.invite.request, { role: 'staff', right: 'cut', rooms: [] }],
  ['the answer to invite', staffAsks.invite.reply, { guardian: subject.guardian, path: '/#invite=x', expiresAt: 1 }],
  ['invite.again', staffAsks['invite.again'].request, { guardian: subject.guardian }],
  [
    'guardian.change',
    staffAsks['guardian.change'].request,
    { guardian: subject.guardian, rooms: ['sunflowers'], hours: null, endsAt: null, reference: 'C-042' },
  ],
  ['guardian.remove', staffAsks['guardian.remove'].request, { guardian: subject.guardian, reason: 'left' }],
  ['a request for a pass', passRequest, { invite: 'A'.repeat(43), role: 'guardian' }],
  ['lift', staffAsks.lift.request, { hold: hold.id, reason: 'over' }],
  [
    'nursery',
    staffTells.nursery,
    {
      nursery: { id: 'sunny-hill', name: 'Sunny Hill', timeZone: 'Europe/London' },
      rooms: [{ id: 'sunflowers', name: 'Sunflowers', state: open, viewers: 2, cameras: [{ camera: 'sunflowers-1', state: 'live' }] }],
      right: 'administer',
      holds: [hold],
      revocations: 3,
      sfus: [{ id: 'sfu-1', state: 'ready' }],
      alarms: [
        { kind: 'ledger-unwritable', since: 1_780_000_000_000, viewsEndAt: 1_780_000_012_000 },
        { kind: 'sfu-lost', since: 1_780_000_000_000, sfu: 'sfu-2' },
      ],
    },
  ],
  ['a receipt', staffTells.receipt, aReceipt],
  ['the renewal of an SFU', sfuAsks.renew.request, { pass: 'a.b.c', proof: 'a.b.c' }],
  ['hello', sfuAsks.hello.request, { sfu: 'sfu-1', cameras: [camera] }],
  ['holds.offer', sfuAsks['holds.offer'].request, { holds: [hold] }],
  ['lease.renew', sfuAsks['lease.renew'].request, { revision: 0 }],
  ['the answer to lease.renew', sfuAsks['lease.renew'].reply, { revision: 0, forMs: 1_800 }],
  ['camera.gone', sfuTells['camera.gone'], { camera: 'sunflowers-1' }],
  ['camera.changed', sfuTells['camera.changed'], camera],
  ['guard.changed', sfuTells['guard.changed'], { onDuty: true }],
  ['view.connected', sfuTells['view.connected'], { view }],
  ['views.closed of an SFU', sfuTells['views.closed'], { views: [{ view, reason: 'worker-died' }] }],
  ['holds.sync', sfuOrders['holds.sync'].request, { revision: 7, holds: [hold] }],
  ['view.open', sfuOrders['view.open'].request, { view, subject, validForMs: 1_000 }],
  ['view.answer', sfuOrders['view.answer'].request, { view, sdp: 'v=0', fingerprint: 'sha-256 AB' }],
  ['view.limit', sfuOrders['view.limit'].request, { view, validForMs: 1_000 }],
  ['view.close', sfuOrders['view.close'].request, { view, reason: 'left' }],
  ['cut', sfuOrders.cut.request, { hold }],
  ['the answer to cut', sfuOrders.cut.reply, { viewsClosed: 3, tookMs: 0.7 }],
];

/** Fields whose absence has to be said. */
const mayBeNull: Record<string, string[]> = { 'guardian.change': ['hours', 'endsAt', 'reference'] };

describe.each(messages)('the message %s', (name, schema, message) => {
  test('is accepted as it should be', () => {
    expect(schema.parse(message)).toEqual(message);
  });

  test('is refused with a field more, were it __proto__ or constructor', () => {
    expect(accepts(schema, { ...message, more: 1 })).toBe(false);
    expect(accepts(schema, { ...message, constructor: {} })).toBe(false);
    expect(
      accepts(
        schema,
        JSON.parse(
          `{"__proto__": {}${JSON.stringify(message)
            .replace(/^{(?=")/, ', ')
            .replace(/^{/, '')}`,
        ),
      ),
    ).toBe(false);
    expect(accepts(schema, JSON.parse(`{"__proto__": ${JSON.stringify(message)}}`))).toBe(false);
  });

  test.each(Object.keys(message))('is refused without %s', (key) => {
    expect(accepts(schema, Object.fromEntries(Object.entries(message).filter(([name]) => name !== key)))).toBe(false);
  });

  test.each(Object.keys(message))('is refused when %s is of another type, or a megabyte', (key) => {
    const value = (message as Record<string, unknown>)[key];
    expect(accepts(schema, { ...message, [key]: null })).toBe(mayBeNull[name]?.includes(key) ?? false);
    const others = [
      megabyte,
      Number.NaN,
      () => undefined,
      typeof value === 'string' ? [value] : 'text',
      typeof value === 'boolean' ? 1 : true,
    ];
    for (const other of others) expect(accepts(schema, { ...message, [key]: other })).toBe(false);
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a text', JSON.stringify(message)],
    ['a megabyte', megabyte],
    ['a list of itself', [message]],
    ['bytes', new Uint8Array(16)],
  ])('is refused as %s', (__, value) => {
    expect(accepts(schema, value)).toBe(false);
  });
});

describe('on the wire', () => {
  test('there is no message that is not tested here', () => {
    const asks = [guardianAsks, staffAsks, sfuAsks, sfuOrders].flatMap((map) => Object.values<{ request: z.ZodType }>(map));
    const tells = [guardianTells, staffTells, sfuTells].flatMap((map) => Object.values<z.ZodType>(map));
    const tested = messages.map(([, schema]) => schema);
    for (const schema of [...asks.map(({ request }) => request), ...tells]) expect(tested).toContain(schema);
  });

  test('an answer may have 20,000 characters and not one more', () => {
    expect(accepts(guardianAsks.answer.request, { view, sdp: 'a'.repeat(20_000), proof: 'a.b.c' })).toBe(true);
    expect(accepts(guardianAsks.answer.request, { view, sdp: 'a'.repeat(20_001), proof: 'a.b.c' })).toBe(false);
    expect(accepts(guardianAsks.answer.request, { view, sdp: '', proof: 'a.b.c' })).toBe(false);
    expect(accepts(guardianAsks.answer.request, { view, sdp: 'v=0' })).toBe(false);
  });

  test('a reason is trimmed, and is more than blanks', () => {
    expect(staffAsks.cut.request.parse({ scope: { kind: 'all' }, reason: '  drill ' }).reason).toBe('drill');
    expect(accepts(staffAsks.cut.request, { scope: { kind: 'all' }, reason: ' \n ' })).toBe(false);
    expect(accepts(staffAsks.cut.request, { scope: { kind: 'all' }, reason: 'a'.repeat(201) })).toBe(false);
  });

  test('only a guardian or a pass can be revoked', () => {
    const { nursery, room, guardian, pass } = subject;
    for (const scope of [
      { kind: 'guardian', nursery, guardian },
      { kind: 'pass', nursery, pass },
    ]) {
      expect(accepts(sfuOrders.cut.request, { hold: { ...hold, scope, final: true } })).toBe(true);
    }
    for (const scope of [{ kind: 'all' }, { kind: 'nursery', nursery }, { kind: 'room', nursery, room }]) {
      expect(accepts(sfuOrders.cut.request, { hold: { ...hold, scope, final: true } })).toBe(false);
      expect(accepts(staffAsks.revoke.request, { scope, reason: 'left' })).toBe(false);
    }
    expect(accepts(sfuOrders.cut.request, { hold: { ...hold, final: false } })).toBe(false);
  });

  test.each([-1, Number.POSITIVE_INFINITY, Number.NaN, '1000', 1e15])('a view is not opened for %s ms', (validForMs) => {
    expect(accepts(sfuOrders['view.open'].request, { view, subject, validForMs })).toBe(false);
  });

  test('the longest offer of holds fits into one message', () => {
    const longest = { ...hold, scope: { kind: 'guardian', nursery: 'n'.repeat(48), guardian: 'g'.repeat(48) }, by: 'b'.repeat(48) };
    const holds = Array.from({ length: holdsInOneOffer }, () => ({ ...longest, reason: '\u0000'.repeat(200), final: true }));
    expect(JSON.stringify(sfuAsks['holds.offer'].request.parse({ holds })).length).toBeLessThan(65_000);
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN, '0'])('a revision is not %s', (revision) => {
    expect(accepts(sfuAsks['lease.renew'].request, { revision })).toBe(false);
  });

  test.each(['toString', '__proto__', '', 'CUT'])('a view does not close for the reason "%s"', (reason) => {
    expect(accepts(sfuOrders['view.close'].request, { view, reason })).toBe(false);
  });

  test.each<[string, unknown]>([
    ['open and held', { state: 'open', closesAt: null, since: 1 }],
    ['open without saying until when', { state: 'open' }],
    ['closed until a text', { state: 'closed', opensAt: '08:00' }],
    ['held since never', { state: 'held', since: null }],
    ['with a camera in no state', { state: 'camera-not-live', camera: 'broken' }],
    ['in no state', { state: 'dark' }],
  ])('a room is not %s', (_, state) => {
    expect(accepts(roomState, state)).toBe(false);
  });

  test.each<[string, object]>([
    ['in no state', { state: 'probably' }],
    ['with an SFU that is dark without a time', { acknowledgements: [{ sfu: 'sfu-1', state: 'dark', viewsClosed: 1 }] }],
    ['with an SFU that is silent and dark', { acknowledgements: [{ sfu: 'sfu-1', state: 'silent', darkByMs: 1, viewsClosed: 1 }] }],
    ['with half a view', { viewsClosed: 0.5 }],
  ])('a receipt is not one %s', (_, change) => {
    expect(accepts(receipt, { ...aReceipt, ...change })).toBe(false);
  });

  test('a handshake takes its pass and proof, and leaves what else a client may send', () => {
    expect(handshake.parse({ pass: 'a.b.c', proof: 'd.e.f', other: 1 })).toEqual({ pass: 'a.b.c', proof: 'd.e.f' });
    expect(handshake.parse({ pass: 'a.b.c' })).toEqual({ pass: 'a.b.c', proof: '' }); // which is refused as a proof
    expect(accepts(handshake, { pass: 'a'.repeat(8_000) })).toBe(true);
    for (const value of [{}, { pass: '' }, { pass: 'a'.repeat(8_001) }, { pass: megabyte }, { pass: ['a.b.c'] }, null, 'a.b.c']) {
      expect(accepts(handshake, value)).toBe(false);
    }
    expect(accepts(handshake, JSON.parse('{"__proto__": {"pass": "a.b.c"}}'))).toBe(false);
  });
});

describe('the reference of a guardian', () => {
  test.each(['C-042', '7', 'KW12', '2026-17', 'ABC-123456-123456'])('may be %s', (text) => {
    expect(accepts(reference, text)).toBe(true);
  });
  test.each(['Anna', 'anna', 'ANNA-1', 'A', '', 'C-', 'C 42', 'anna@home.example', '1234567', 'C-042\n', '<b>1</b>'])(
    'has no room for %j',
    (text) => {
      expect(accepts(reference, text)).toBe(false);
    },
  );
});

describe('an invitation', () => {
  test.each<[string, object]>([
    ['nobody in particular', { rooms: ['sunflowers'] }],
    ['an SFU', { role: 'sfu', rooms: [] }],
    ['staff without a right', { role: 'staff', rooms: [] }],
    ['staff with a right that there is not', { role: 'staff', right: 'all', rooms: [] }],
    ['a guardian with a right', { role: 'guardian', right: 'administer', rooms: ['sunflowers'] }],
    ['a guardian of no room', { role: 'guardian', rooms: [] }],
    ['a guardian of all rooms', { role: 'guardian', rooms: ['*'] }],
    ['a guardian with a name', { role: 'guardian', rooms: ['sunflowers'], name: 'Anna' }],
  ])('cannot be for %s', (_, request) => {
    expect(accepts(staffAsks.invite.request, request)).toBe(false);
  });

  test('gives staff each right with those before', () => {
    expect(includesRight('administer', 'cut')).toBe(true);
    expect(includesRight('cut', 'cut')).toBe(true);
    expect(includesRight('observe', 'cut')).toBe(false);
    expect(includesRight(undefined, 'observe')).toBe(false);
  });
});
