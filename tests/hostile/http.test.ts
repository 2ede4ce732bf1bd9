import { connect, type Socket } from 'node:net';
import { wireError } from '@peekaboo/shared/errors';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { until } from '../support/until.ts';
import { Scene } from './scene.ts';

describe('a hostile client of the web server', () => {
  let scene: Scene;
  const sockets: Socket[] = [];

  beforeAll(async () => {
    scene = await Scene.set({ ...nurseryConfig(), limits: { requestsOfAddressPer10Seconds: 200 } });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await scene.undisturbed();
  });
  afterAll(() => scene?.end());

  /** Sends these bytes as they stand, and collects what comes back. */
  const send = (bytes: string, localAddress = '127.0.0.1') => {
    const { hostname, port } = new URL(scene.system.url);
    const socket = connect({ host: hostname, port: Number(port), localAddress });
    sockets.push(socket);
    const answer = { text: '', ended: false };
    socket.on('data', (data) => (answer.text += data));
    socket.on('error', () => undefined);
    socket.on('close', () => (answer.ended = true));
    socket.write(bytes);
    return { socket, answer };
  };
  const statusOf = async (bytes: string) => {
    const { answer } = send(bytes);
    const status = await until('there is an answer', () => /^HTTP\/1\.1 (\d+)/.exec(answer.text)?.[1]);
    expect(answer.text).not.toMatch(/\.ts:|node_modules|"peekaboo"|root:x:0/);
    return Number(status);
  };
  /** What a refusal says, as a page would read it. */
  const refusalIn = (answer: string) =>
    wireError.parse(JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1)).error).code;

  test.for([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/%252e%252e%252fetc/passwd',
    '/..\\..\\package.json',
    '/assets/../../../package.json',
    '/assets/..%5c..%5cpackage.json',
    '/assets//etc/passwd',
    '/%00',
    '/index.html%00.js',
    '/%zz',
    '/%c0%ae%c0%ae/package.json',
    '/peekaboo.sqlite',
    '/issuer.jwk',
    '/.env',
    '/.git/config',
    '//evil.example/',
    `/${'a/'.repeat(4_000)}`,
  ])('finds nothing at %s', async (path) => {
    expect(await statusOf(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toBeGreaterThanOrEqual(400);
  });

  test.for([
    ['headers of 100 kB', `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    [
      'ten thousand headers',
      `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 10_000 }, (_, index) => `X-${index}: 1\r\n`).join('')}\r\n`,
      431,
    ],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 400],
    ['a length and chunks', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a line break in a header', 'GET / HTTP/1.1\r\nHost: x\r\nX: a\rb\r\n\r\n', 400],
    ['no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
    ['another version', 'GET / HTTP/3.7\r\nHost: x\r\n\r\n', 400],
    [
      'a body of a megabyte',
      `POST /pass HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n${'x'.repeat(1_000_000)}`,
      413,
    ],
    ['a body that is no JSON', 'POST /pass HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3\r\n\r\n{x}', 400],
    [
      'a body of a form',
      'POST /pass HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n\r\na=b',
      415,
    ],
  ] as const)('with %s is told so', async ([, bytes, status]) => {
    expect(await statusOf(bytes)).toBe(status);
  });

  test('that speaks WHIP where there is none, or other verbs, gets a plain refusal', async () => {
    for (const method of ['POST', 'PATCH', 'DELETE', 'OPTIONS', 'PUT', 'TRACE', 'PROPFIND']) {
      const reply = await statusOf(
        `${method} /whip/sunflowers HTTP/1.1\r\nHost: x\r\nContent-Type: application/sdp\r\nContent-Length: 3\r\n\r\nv=0`,
      );
      expect([method, reply]).toEqual([method, expect.toSatisfy((status) => [400, 404, 405, 415].includes(status))]);
    }
    expect(await statusOf('CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443\r\n\r\n').catch(() => 400)).toBeGreaterThanOrEqual(
      400,
    );
  });

  test('that posts from a page of another site is turned away', async () => {
    const post = (origin: string) =>
      statusOf(`POST /pass HTTP/1.1\r\nHost: nursery.example\r\n${origin}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`);
    const { answer } = send(
      'POST /pass HTTP/1.1\r\nHost: nursery.example\r\nOrigin: https://evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
    await until('it is answered', () => answer.ended);
    expect(refusalIn(answer.text)).toBe('ORIGIN_NOT_ALLOWED');
    expect(answer.text).toMatch(/content-security-policy: default-src 'self'/i);
    expect(answer.text).toMatch(/x-content-type-options: nosniff/i);
    expect(await post('Origin: https://evil.example\r\n')).toBe(403);
    expect(await post('Origin: null\r\n')).toBe(403);
    expect(await post('Origin: http://nursery.example\r\n')).not.toBe(403);
  });

  test('that sends its headers a byte a second, a thousand times over, is closed in time, and others are served meanwhile', {
    timeout: 60_000,
  }, async () => {
    const slow = Array.from({ length: 900 }, () => send('GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ', '127.0.0.4'));
    const dribbling = setInterval(() => {
      for (const { socket } of slow) if (socket.writable) socket.write('x');
    }, 1_000);
    const began = performance.now();
    const times: number[] = [];
    while (slow.some(({ answer }) => !answer.ended) && performance.now() - began < 25_000) {
      const asked = performance.now();
      expect((await fetch(`${scene.system.url}/healthz`)).status).toBe(200);
      times.push(performance.now() - asked);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    clearInterval(dribbling);
    expect(slow.filter(({ answer }) => !answer.ended)).toHaveLength(0);
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(Math.max(...times)).toBeLessThan(2_000);
  });

  test('that sends a body a byte a second is closed in time', { timeout: 40_000 }, async () => {
    const { socket, answer } = send('POST /pass HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n');
    const dribbling = setInterval(() => socket.writable && socket.write('x'), 1_000);
    await until('it is closed', () => answer.ended, 25_000);
    clearInterval(dribbling);
  });

  test('that asks without pause is told to wait; another address is not', async () => {
    const statuses = new Map<string, number>();
    const request = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
    const { answer } = send(request.repeat(400), '127.0.0.5');
    await until('all are answered', () => answer.text.split('HTTP/1.1 ').length > 400 || answer.ended);
    for (const [, status = ''] of answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect(statuses.get('200')).toBe(200);
    expect(statuses.get('429')).toBeGreaterThan(0);
    expect(answer.text).toMatch(/retry-after: 10/i);
    const limited = answer.text.split('HTTP/1.1 429')[1] ?? '';
    expect(refusalIn(limited.split('HTTP/1.1')[0] ?? '')).toBe('BUSY');
    expect(limited).toMatch(/content-security-policy: default-src 'self'.*x-content-type-options: nosniff/is);
    const other = send(request, '127.0.0.6');
    await until('it is answered', () => other.answer.text.startsWith('HTTP/1.1 200'));
  });
});
