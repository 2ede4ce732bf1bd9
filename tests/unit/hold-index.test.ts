import { type Hold, type Scope, scopeCovers, scopeCoversRoom } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

const nursery = fc.constantFrom('willow', 'moon');
const room = fc.constantFrom('sun', 'sky');
const guardian = fc.constantFrom('g_AAAAAAAAAAAAAAAA', 'g_BBBBBBBBBBBBBBBB', 'sun');
const pass = fc.constantFrom('p_AAAAAAAAAAAAAAAA', 'p_BBBBBBBBBBBBBBBB');
const scope: fc.Arbitrary<Scope> = fc.oneof(
  fc.constant({ kind: 'all' as const }),
  fc.record({ kind: fc.constant('nursery' as const), nursery }),
  fc.record({ kind: fc.constant('room' as const), nursery, room }),
  fc.record({ kind: fc.constant('guardian' as const), nursery, guardian }),
  fc.record({ kind: fc.constant('pass' as const), nursery, pass }),
);
const holds = fc.array(fc.record({ scope, revoked: fc.boolean() }), { maxLength: 12 }).map((all) =>
  all.map(
    ({ scope: on, revoked }, index): Hold => ({
      ...{ id: `h_${index}`, scope: on, reason: 'r', by: 's', at: index },
      ...(revoked && (on.kind === 'guardian' || on.kind === 'pass') && { final: true }),
    }),
  ),
);
const view = fc.record({ nursery, room, guardian, pass });
const ids = (some: readonly Hold[]) => some.map(({ id }) => id).sort();

describe('holds, found by whom they concern', () => {
  test('are those that looking at every one would find', () => {
    fc.assert(
      fc.property(holds, view, (all, subject) => {
        const index = new HoldIndex(all);
        const covering = all.filter((hold) => scopeCovers(hold.scope, subject));
        expect(ids(index.covering(subject))).toEqual(ids(covering));
        expect(index.revokes(subject)).toBe(covering.some(({ final }) => final === true));
        expect(index.coversRoom(subject)).toBe(all.some((hold) => scopeCoversRoom(hold.scope, subject)));
        expect(ids([...index.liftable, ...index.revocations])).toEqual(ids(all));
        for (const hold of index.concerning(subject).filter((each) => !covering.includes(each))) expect(index.general).toContain(hold);
      }),
    );
  });

  test('count once when they are named twice', () => {
    const hold: Hold = { id: 'h_1', scope: { kind: 'all' }, reason: 'r', by: 's', at: 1 };
    expect(new HoldIndex([hold, { ...hold }]).liftable).toEqual([hold]);
  });
});
