import { readFileSync } from 'node:fs';
import { parseConfig } from '@peekaboo/shared/config-file';
import { certainlyDarkAt, guardLooksEveryMs } from '@peekaboo/shared/darkness';
import { defaultPeriods, type Periods } from '@peekaboo/shared/periods';
import { sfuAsks } from '@peekaboo/shared/wire';
import { describe, expect, test } from 'vitest';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
/** Rows of the table as [key, default, least, most]. */
const rows = [...operations.matchAll(/^\| `(\w+\.\w+)` \| (\d+) \| (\d+) \| (\d+) \| .+ \|$/gm)].map(
  ([, key = '', ...numbers]) => [key, ...numbers.map(Number)] as [string, number, number, number],
);

/** The periods when one is set by the file, or what the program says instead of starting. */
function setting(key: string, value: unknown): Periods | string {
  const [group, name] = key.split('.');
  try {
    return parseConfig(`periods: { ${group}: { ${name}: ${value} } }`, 'f.yaml').periods;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('periods', () => {
  test('are listed in docs/operations.md with their defaults', () => {
    const flat = Object.entries(defaultPeriods).flatMap(([group, members]) =>
      Object.entries(members).map(([name, value]) => [`${group}.${name}`, value]),
    );
    expect(rows.map(([key, usual]) => [key, usual])).toEqual(flat);
    expect(parseConfig('', 'f.yaml').periods).toEqual(defaultPeriods);
  });

  test.for(rows)('%s is %i, at least %i and at most %i', ([key, , least, most]) => {
    for (const value of [least, most]) expect(setting(key, value)).toHaveProperty(key, value);
    for (const value of [least - 1, most + 1]) expect(setting(key, value)).toMatch(/^f\.yaml:1: periods\.\S+: is to be /);
  });

  test('that break a promise are refused by its name, those that belong together by each other', () => {
    expect(setting('lease.forMs', 2_500)).toBe(
      'f.yaml:1: periods.lease.forMs: is to be at most 1800 ms: else pictures can outlast a cut by more than 2.5 s (promise P3)',
    );
    const shorter = parseConfig('periods: { lease: { forMs: 1000, renewEveryMs: 300 } }', 'f.yaml').periods;
    expect(shorter.lease).toEqual({ forMs: 1_000, renewEveryMs: 300 });
    expect(setting('lease.forMs', 1_000)).toMatch(/lease\.renewEveryMs: is to be at most a third of lease\.forMs/);
    expect(setting('guard.beatEveryMs', 200)).toMatch(/guard\.silenceMs: is to be at least three times guard\.beatEveryMs/);
  });

  test.for([
    ['an unknown one', 'lease.forSeconds', 2, /unknown key "periods\.lease\.forSeconds"/],
    ['words', 'lease.forMs', '2s', /periods\.lease\.forMs: write whole milliseconds/],
    ['a fraction', 'lease.forMs', 1799.5, /periods\.lease\.forMs: write whole milliseconds/],
    ['half a second of consent', 'view.consentMs', 7_500, /periods\.view\.consentMs: is to be whole seconds/],
  ] as const)('%s is refused in one line', ([, key, value, says]) => {
    expect(setting(key, value)).toMatch(says);
  });

  test('at their longest, lease, silence, look and carrying out add up to the 2.5 s of promise P3', () => {
    const [, , , leaseMs] = rows.find(([key]) => key === 'lease.forMs') ?? [];
    const [, , , silenceMs] = rows.find(([key]) => key === 'guard.silenceMs') ?? [];
    expect([leaseMs, silenceMs, guardLooksEveryMs(silenceMs as number)]).toEqual([1_800, 500, 50]);
    expect(certainlyDarkAt(leaseMs as number)).toBe(2_500);
    expect(certainlyDarkAt(Number.NEGATIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  });

  test('an SFU refuses a lease that is longer than any promise allows', () => {
    const { reply } = sfuAsks['lease.renew'];
    expect(reply.safeParse({ revision: 1, forMs: 1_800 }).success).toBe(true);
    expect(reply.safeParse({ revision: 1, forMs: 1_801 }).success).toBe(false);
  });
});
