import { readFileSync } from 'node:fs';
import { parseConfig } from '@peekaboo/shared/config-file';
import { describe, expect, test } from 'vitest';
import { addressGroup, isLoopback, truncated } from '../../apps/signal/src/gate/addresses.ts';
import { type LimitKind, Limits } from '../../apps/signal/src/gate/limits.ts';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const company = '203.0.113.9';

function limitsOf(config: object): { limits: Limits; limited: [LimitKind, string][] } {
  const limited: [LimitKind, string][] = [];
  const file = parseConfig(JSON.stringify({ limits: config }), 'f.yaml');
  return { limits: new Limits(file.limits, (kind, from) => limited.push([kind, from])), limited };
}

describe('limits', () => {
  test('are listed in docs/operations.md with their defaults', () => {
    const { exempt, ...counts } = parseConfig('', 'f.yaml').limits;
    const rows = [...operations.matchAll(/^\| `(\w+)` \| (\d+) \| /gm)].map(([, key, value]) => [key, Number(value)]);
    expect(Object.fromEntries(rows)).toMatchObject(counts);
    expect(operations).toContain(`| \`exempt\` | ${exempt.map((address) => `\`${address}\``).join(', ')} |`);
  });

  test.for([['10.0.0.0/33'], ['10.0.0'], ['example.org'], ['::1/129'], ['10.0.0.0/8/8'], ['']])('refuse the network %s', ([text]) => {
    expect(() => limitsOf({ exempt: [text] })).toThrow(/write an address or a network/);
  });

  test('by address count refused passes, not good ones, and say for which network', async () => {
    const { limits, limited } = limitsOf({ refusalsOfAddressPerMinute: 3 });
    for (let parent = 0; parent < 100; parent += 1) expect(await limits.mayPresent(company)).toBeDefined();
    for (let wrong = 0; wrong < 3; wrong += 1) limits.refused(company);
    expect(await limits.mayPresent(company)).toBeUndefined();
    expect(await limits.mayPresent('203.0.113.10')).toBeDefined();
    expect(limited).toEqual([['refusals', '203.0.113.0/24']]);
  });

  test('leave room again when strangers are gone, however often they say so', async () => {
    const { limits } = limitsOf({ strangersOfAddress: 2 });
    const first = await limits.mayPresent(company);
    expect(await limits.mayPresent(company)).toBeDefined();
    expect(await limits.mayPresent(company)).toBeUndefined();
    first?.();
    first?.();
    expect(await limits.mayPresent(company)).toBeDefined();
    expect(await limits.mayPresent(company)).toBeUndefined();
  });

  test('of one guardian are no limits of another', async () => {
    const { limits, limited } = limitsOf({ connectionsOfGuardian: 1, asksOfGuardianPer10Seconds: 1 });
    expect([await limits.mayAsk('g_a'), await limits.mayAsk('g_a'), await limits.mayAsk('g_b')]).toEqual([true, false, true]);
    expect(await limits.maySignIn('g_a')).toBeDefined();
    expect(await limits.maySignIn('g_a')).toBeUndefined();
    expect(await limits.maySignIn('g_b')).toBeDefined();
    expect(limited.map(([kind]) => kind)).toEqual(['asks', 'guardian']);
  });

  test('by address concern nobody in the networks that are exempt', async () => {
    const { limits } = limitsOf({ exempt: ['203.0.113.0/24'], requestsOfAddressPer10Seconds: 1, connections: 1 });
    for (let times = 0; times < 5; times += 1) expect(await limits.mayRequest(company)).toBe(true);
    expect(await limits.mayConnect(company, 50)).toBe(true);
    expect(await limits.mayConnect('198.51.100.1', 50)).toBe(false);
  });
});

describe('an address', () => {
  test.for([
    ['192.0.2.77', '192.0.2.77', '192.0.2.0/24'],
    ['::ffff:192.0.2.77', '192.0.2.77', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['2001:db8::6', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['2001:0DB8::0006', '2001:db8:0:0::/64', '2001:db8:0::/48'],
    ['::1', '0:0:0:0::/64', '0:0:0::/48'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64', 'fe80:0:0::/48'],
    ['', '', 'unknown'],
  ] as const)('%s counts as %s and is logged as %s', ([address, group, logged]) => {
    expect([addressGroup(address), truncated(address)]).toEqual([group, logged]);
  });

  test('is loopback or not', () => {
    expect(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', 'localhost'].map(isLoopback)).toEqual(Array(5).fill(true));
    expect(['0.0.0.0', '::', '10.0.0.1', '1127.0.0.1', ''].map(isLoopback)).toEqual(Array(5).fill(false));
  });
});
