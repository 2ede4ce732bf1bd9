import type { Hold } from '@peekaboo/shared/hold';
import { beforeEach, describe, expect, test } from 'vitest';
import { Holds } from '../../apps/sfu/src/holds.ts';

const view = { nursery: 'willow', room: 'sun', guardian: 'g_AAAAAAAAAAAAAAAA', pass: 'p_AAAAAAAAAAAAAAAA' };
const room = (id: string): Hold => ({
  id,
  scope: { kind: 'room', nursery: 'willow', room: 'sun' },
  reason: 'r',
  by: 's_AAAAAAAAAAAAAAAA',
  at: 7,
});

describe('the holds that an SFU obeys', () => {
  let at: number;

  beforeEach(() => {
    at = 0;
  });

  test('one that was ordered is in force at once, and offered to signal until it is confirmed', () => {
    const holds = new Holds();
    holds.latch(room('h_1'), at);
    expect(holds.closingReason(view)).toBe('cut');
    expect(() => holds.refuseIfCovered(view)).toThrow(expect.objectContaining({ code: 'HELD', facts: { since: 7 } }));
    expect(holds.unconfirmed(at).map(({ id }) => id)).toEqual(['h_1']);
    holds.sync(1, [room('h_1')], { link: 'a', at });
    expect(holds.unconfirmed(at)).toEqual([]);
    expect(holds.closingReason(view)).toBe('cut');
  });

  test('one that was never confirmed outlives a set that does not name it', () => {
    const holds = new Holds();
    holds.latch(room('h_1'), at);
    holds.sync(5, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBe('cut');
  });

  test('one that was confirmed ends with the set that no longer names it, and only that one', () => {
    const holds = new Holds();
    holds.sync(1, [room('h_1'), room('h_2')], { link: 'a', at });
    holds.sync(2, [room('h_2')], { link: 'a', at });
    expect(holds.closingReason(view)).toBe('cut');
    holds.sync(3, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBeUndefined();
  });

  test('a set from before is refused and changes nothing', () => {
    const holds = new Holds();
    holds.sync(4, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(3, [], { link: 'a', at })).toThrow(expect.objectContaining({ code: 'REVISION_REGRESSED' }));
    expect(holds.revision).toBe(4);
    expect(holds.closingReason(view)).toBe('cut');
  });

  test('what was confirmed stays in force when a link goes on with sets from the past, however far that store gets, until a set names it and a later one does not', () => {
    const holds = new Holds();
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(1, [], { link: 'a', at })).toThrow(expect.objectContaining({ facts: { knownRevision: 2 } }));
    at = 2_000;
    holds.sync(3, [room('h_2')], { link: 'a', at });
    holds.sync(4, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBe('cut');
    expect(holds.unconfirmed(at).map(({ id }) => id)).toEqual(['h_1']);
    holds.sync(5, [room('h_1')], { link: 'a', at });
    holds.sync(6, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBeUndefined();
  });

  test('what was confirmed is offered at the next link when a link sent a set from the past and nothing since', () => {
    const holds = new Holds();
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(1, [], { link: 'a', at })).toThrow();
    at = 1_999;
    expect(holds.unconfirmed(at)).toEqual([]);
    at = 2_000;
    expect(holds.unconfirmed(at).map(({ id }) => id)).toEqual(['h_1']);
  });

  test('after a set from the past one that has come up to the same revision is refused as well, if it lacks a hold', () => {
    const holds = new Holds();
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(1, [], { link: 'a', at })).toThrow();
    expect(() => holds.sync(2, [room('h_2')], { link: 'a', at })).toThrow(expect.objectContaining({ code: 'REVISION_REGRESSED' }));
    expect(holds.closingReason(view)).toBe('cut');
    holds.sync(2, [room('h_1')], { link: 'a', at });
    holds.sync(3, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBeUndefined();
  });

  test('an emptied store that soon gets beyond what was seen has lifted nothing: it had more changes than revisions', () => {
    const holds = new Holds();
    holds.sync(1, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(0, [], { link: 'a', at })).toThrow();
    const elsewhere = (id: string): Hold => ({ ...room(id), scope: { kind: 'room', nursery: 'willow', room: 'moon' } });
    holds.sync(2, [elsewhere('h_2'), elsewhere('h_3')], { link: 'a', at });
    expect(holds.closingReason(view)).toBe('cut');
    expect(holds.unconfirmed(at).map(({ id }) => id)).toEqual(['h_1']);
  });

  test('an older set that one of two signals sent late is refused, and makes no hold outlive its lift', () => {
    const holds = new Holds();
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(1, [], { link: 'b', at })).toThrow(expect.objectContaining({ code: 'REVISION_REGRESSED' }));
    at = 500;
    holds.sync(3, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBeUndefined();
    holds.sync(3, [], { link: 'b', at });
    holds.sync(4, [room('h_2')], { link: 'a', at });
    at = 10_000;
    expect(holds.unconfirmed(at)).toEqual([]);
  });

  test('of a link that sent a set from the past and never came back, what others confirm later is not in doubt: a lift counts', () => {
    const holds = new Holds();
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(() => holds.sync(1, [], { link: 'b', at })).toThrow();
    at = 2_000;
    expect(holds.overdue(at).map(({ id }) => id)).toEqual(['h_1']); // in doubt once, and confirmed by who is still there
    holds.sync(2, [room('h_1')], { link: 'a', at });
    expect(holds.overdue(at)).toEqual([]);
    at = 60_000;
    holds.sync(3, [room('h_1'), room('h_2')], { link: 'a', at });
    holds.sync(4, [], { link: 'a', at });
    expect(holds.closingReason(view)).toBeUndefined();
    expect(holds.unconfirmed(at)).toEqual([]);
  });

  test('one that was ordered is overdue when no set has named it for two seconds', () => {
    const holds = new Holds();
    holds.latch(room('h_1'), at);
    at = 1_999;
    holds.sync(1, [], { link: 'b', at });
    expect(holds.overdue(at)).toEqual([]);
    at = 2_000;
    expect(holds.overdue(at).map(({ id }) => id)).toEqual(['h_1']);
    holds.sync(2, [room('h_1')], { link: 'b', at });
    expect(holds.overdue(at)).toEqual([]);
  });

  test('a revocation is told from a cut, also when both cover the view', () => {
    const holds = new Holds();
    holds.sync(1, [room('h_1')], { link: 'a', at });
    holds.latch({ ...room('h_2'), scope: { kind: 'pass', nursery: 'willow', pass: view.pass }, final: true }, at);
    expect(holds.closingReason(view)).toBe('revoked');
    expect(() => holds.refuseIfCovered(view)).toThrow(expect.objectContaining({ code: 'PASS_REVOKED' }));
    expect(holds.closingReason({ ...view, pass: 'p_BBBBBBBBBBBBBBBB' })).toBe('cut');
  });

  test('one for a guardian darkens no room', () => {
    const holds = new Holds();
    holds.latch({ ...room('h_1'), scope: { kind: 'guardian', nursery: 'willow', guardian: view.guardian } }, at);
    expect(holds.closingReason(view)).toBe('cut');
    expect(holds.coversRoom(view)).toBe(false);
  });
});
