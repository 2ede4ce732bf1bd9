import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig } from '@peekaboo/shared/config-file';
import { createLogger } from '@peekaboo/shared/log';
import { describe, expect, test } from 'vitest';
import { addressGroup, isLoopback, truncated } from '../../apps/signal/src/gate/addresses.ts';
import { Gate } from '../../apps/signal/src/gate/gate.ts';
import { type LimitKind, Limits } from '../../apps/signal/src/gate/limits.ts';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const company = '203.0.113.9';
const slowedMs = 50;

function limitsOf(config: object): { limits: Limits; limited: [LimitKind, string][] } {
  const limited: [LimitKind, string][] = [];
  const file = parseConfig(JSON.stringify({ limits: config }), 'f.yaml');
  return { limits: new Limits(file.limits, (kind, from) => limited.push([kind, from]), slowedMs), limited };
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

  test('by address count refused passes, not good ones; then all wait their turn, which comes, and it is said for which network', async () => {
    const { limits, limited } = limitsOf({ refusalsOfAddressPerMinute: 3 });
    const waitsFor = async (address: string) => {
      const began = performance.now();
      await limits.turnOf(address);
      return performance.now() - began;
    };
    for (let parent = 0; parent < 100; parent += 1) await limits.turnOf(company);
    expect(limited).toEqual([]);
    for (let wrong = 0; wrong < 3; wrong += 1) limits.refused(company);
    expect(await waitsFor(company)).toBeGreaterThan(slowedMs - 2);
    expect(limited).toEqual([['refusals', '203.0.113.0/24']]);
    await limits.turnOf('203.0.113.10');
    expect(limited).toHaveLength(1);
  });

  test('end the stranger who has been silent longest, and nobody who presented a pass', () => {
    const { limits, limited } = limitsOf({ strangersOfAddress: 2 });
    const ended: string[] = [];
    const connect = (who: string, address = company) => limits.receive(address, () => ended.push(who));
    const known = connect('staff');
    known();
    known();
    connect('idle 1');
    const leave = connect('idle 2');
    connect('elsewhere', '203.0.113.10');
    expect(ended).toEqual([]);
    connect('staff again');
    expect(ended).toEqual(['idle 1']);
    leave();
    connect('a parent');
    expect(ended).toEqual(['idle 1']);
    expect(limited).toEqual([['strangers', '203.0.113.0/24']]);
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

describe('a proxy on this machine', () => {
  /** What is logged of one request that it forwards. */
  const loggedOf = async (trustProxy: string[]) => {
    let lines = '';
    const log = createLogger('test', 'info', { write: (line) => (lines += line) });
    const gate = new Gate({ limits: parseConfig('', 'f.yaml').limits, trustProxy, publicUrls: [], tls: false, log });
    const server = createServer((request, reply) => reply.end(gate.addressOf(request))).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ask = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { headers })).text();
    await ask({});
    const direct = lines;
    const address = await ask({ 'x-forwarded-for': company });
    await ask({ 'x-forwarded-for': company });
    server.close();
    return { direct, address, lines };
  };

  test('that is not declared is warned of, once, since no limit concerns its clients', async () => {
    const { direct, address, lines } = await loggedOf([]);
    expect(direct).toBe('');
    expect(address).toBe('127.0.0.1');
    expect(lines.match(/a proxy on this machine is not declared/g)).toHaveLength(1);
  });

  test('that is declared is believed about its clients, and nothing is said', async () => {
    expect(await loggedOf(['127.0.0.1'])).toEqual({ direct: '', address: company, lines: '' });
  });
});
