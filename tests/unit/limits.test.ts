import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
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
    expect(['127.0.0.1', '127.9.9.9', '::1', '[::1]', '::ffff:127.0.0.1', 'localhost'].map(isLoopback)).toEqual(Array(6).fill(true));
    const elsewhere = [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '1127.0.0.1',
      '',
      '127.0.0.1.evil.example',
      '127.evil.example',
      'localhost.evil.example',
    ];
    expect(elsewhere.filter(isLoopback)).toEqual([]);
  });
});

/** What is logged of these requests, and who they count as. */
const gateOf = async (options: { trustProxy?: string[]; publicUrls?: string[] }, requests: Record<string, string>[]) => {
  let lines = '';
  const log = createLogger('test', 'info', { write: (line) => (lines += line) });
  const whole = { limits: parseConfig('', 'f.yaml').limits, trustProxy: [], publicUrls: [], tls: false, log, ...options };
  const gate = new Gate(whole);
  const server = createServer((asked, reply) => reply.end(`${gate.addressOf(asked)} ${gate.isOwnOrigin(asked)}`)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answers: string[] = [];
  for (const headers of requests) {
    const [reply] = await once(request({ port, headers, agent: false }).end(), 'response');
    answers.push((await (reply as IncomingMessage).setEncoding('utf8').toArray()).join(''));
  }
  server.close();
  return { answers, lines };
};
const forwarded = { host: 'watch.example', 'x-forwarded-for': company };

describe('a proxy on this machine', () => {
  test('that is not declared is warned of, once, since no limit concerns its clients', async () => {
    expect((await gateOf({}, [{}])).lines).toBe('');
    const { answers, lines } = await gateOf({}, [forwarded, forwarded]);
    expect(answers[0]).toBe('127.0.0.1 true');
    expect(lines.match(/a proxy on this machine is not declared/g)).toHaveLength(1);
  });

  test('that is declared is believed about its clients, and nothing is said', async () => {
    const own = { host: '127.0.0.1:8080' }; // a program of this machine, which comes past the proxy
    expect(await gateOf({ trustProxy: ['127.0.0.1'] }, [forwarded, own])).toEqual({
      answers: [`${company} true`, '127.0.0.1 true'],
      lines: '',
    });
  });

  test('that is declared and does not say whom it forwards for is warned of', async () => {
    const { lines } = await gateOf({ trustProxy: ['127.0.0.1'] }, [{ host: 'watch.example' }, { host: 'watch.example' }]);
    expect(lines.match(/a declared proxy sets no X-Forwarded-For/g)).toHaveLength(1);
  });
});

test('a page of another address is turned away, and the log names the address, once', async () => {
  const at = (origin: string) => ({ host: 'other.example', origin });
  const { answers, lines } = await gateOf({ publicUrls: ['https://watch.example'] }, [
    at('https://watch.example'),
    at('https://other.example'),
    at('https://more.example'),
  ]);
  expect(answers.map((answer) => answer.split(' ')[1])).toEqual(['true', 'false', 'false']);
  expect(lines.match(/is turned away/g)).toHaveLength(1);
  expect(lines).toMatch(/"url":"https:\/\/other\.example".*not among publicUrls/);
});
