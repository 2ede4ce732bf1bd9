import type { Hold } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';
import { weekdays } from '@peekaboo/shared/hours';
import { newId } from '@peekaboo/shared/ids';
import type { Pass } from '@peekaboo/shared/pass';
import { expect, test } from 'vitest';
import { admit } from '../../apps/signal/src/admission/admit.ts';

const now = Date.parse('2026-11-23T10:00:00Z');
const nursery = 'willow';
const room = {
  ...{ nursery, id: 'sun', timeZone: 'Europe/London' },
  hours: { weekly: Object.fromEntries(weekdays.map((day) => [day, ['08:00-18:00']])), exceptions: [] },
};
const revocations = Array.from({ length: 2_000 }, (_, index): Hold => {
  const scope =
    index % 2
      ? { kind: 'guardian' as const, nursery, guardian: newId('guardian') }
      : { kind: 'pass' as const, nursery, pass: newId('pass') };
  return { id: newId('hold'), scope, reason: 'left the nursery', by: 'director', at: now, final: true };
});
const passes = Array.from(
  { length: 500 },
  (): Pass => ({
    ...{ iss: 'peekaboo', aud: 'peekaboo-signal', sub: newId('guardian'), jti: newId('pass'), role: 'guardian', nursery, rooms: ['sun'] },
    ...{ iat: now / 1_000 - 60, exp: now / 1_000 + 3_600, cnf: { jkt: 'A'.repeat(43) } },
  }),
);

test('500 views are admitted again within milliseconds, beside 2,000 revocations', () => {
  const review = () => {
    const startedAt = performance.now();
    const inForce = new HoldIndex(revocations); // made once for each change of the holds
    const admitted = passes.filter((pass) => {
      const holder = { nursery, guardian: pass.sub, pass: pass.jti };
      const holds = inForce.concerning(holder);
      const provenKey = 'A'.repeat(43);
      return admit({ pass, provenKey, revoked: inForce.revokes(holder), room, holds, cameras: ['live'], openViews: 0, maxViews: 4, now })
        .ok;
    });
    expect(admitted).toHaveLength(500);
    return performance.now() - startedAt;
  };
  const times = Array.from({ length: 20 }, review).sort((a, b) => a - b);
  console.log(`a review of 500 views: ${times[10]?.toFixed(1)} ms, at worst ${times.at(-1)?.toFixed(1)} ms`);
  expect(times[10]).toBeLessThan(50);
});
