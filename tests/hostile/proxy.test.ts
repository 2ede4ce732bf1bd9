import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { RawSocket } from '../support/raw-socket.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const proxy = '127.0.0.9';
const outside = Object.values(networkInterfaces())
  .flat()
  .find((each) => each && !each.internal && each.family === 'IPv4')?.address;

describe('behind a proxy that is declared', () => {
  let system: System;
  beforeAll(async () => {
    const limits = { requestsOfAddressPer10Seconds: 5, connectionsOfAddressPer10Seconds: 40 };
    system = await System.start({ config: { ...nurseryConfig(), trustProxy: [proxy], limits }, env: { HOST: '0.0.0.0' } });
  });
  afterAll(() => system?.stop());

  const port = () => Number(new URL(system.url).port);
  const get = (localAddress: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown> }>((resolve, reject) => {
      request({ host: '127.0.0.1', port: port(), localAddress, path: '/healthz', headers, agent: false }, (reply) => {
        reply.resume();
        resolve({ status: reply.statusCode, headers: reply.headers });
      })
        .on('error', reject)
        .end();
    });
  const statuses = async (localAddress: string, headers: Record<string, string>, times = 7) => {
    const all = [];
    for (let time = 0; time < times; time += 1) all.push((await get(localAddress, headers)).status);
    return all;
  };

  test('a family counts by the address that the proxy names', async () => {
    expect(await statuses(proxy, { 'x-forwarded-for': '203.0.113.1' })).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect(await statuses(proxy, { 'x-forwarded-for': '203.0.113.2' }, 1)).toEqual([200]);
  });

  test('a family’s WebSockets are counted as well, and the metrics say so', async () => {
    const sockets = async (family: string, many: number) => {
      const all = Array.from({ length: many }, () => new RawSocket(`http://127.0.0.1:${port()}`, proxy, { 'x-forwarded-for': family }));
      const opened = await Promise.all(all.map((socket) => socket.opened()));
      for (const socket of all) socket.close();
      return opened.filter(Boolean).length;
    };
    expect(await sockets('203.0.113.21', 100)).toBe(40);
    expect(await sockets('203.0.113.22', 10)).toBe(10);
    const metrics = await (await fetch(`http://127.0.0.1:${port()}/metrics`)).text();
    expect(metrics).toContain('peekaboo_limited_total{limit="address-connections"} 60');
  });

  test('what a client claims before the proxy, or past it, is not believed', async () => {
    const claims = Array.from({ length: 7 }, (_, index) => ({ 'x-forwarded-for': `198.51.100.${index}, 203.0.113.3` }));
    const first = await Promise.all(claims.map((headers) => get(proxy, headers)));
    expect(first.filter(({ status }) => status === 429)).toHaveLength(2);
    const past = await Promise.all(Array.from({ length: 7 }, (_, index) => get('127.0.0.8', { 'x-forwarded-for': `198.51.100.${index}` })));
    expect(past.filter(({ status }) => status === 429)).toHaveLength(2);
  });

  test('that browsers came by TLS is believed of the proxy alone', async () => {
    const claim = { 'x-forwarded-proto': 'https' };
    expect((await get(proxy, { ...claim, 'x-forwarded-for': '203.0.113.5' })).headers).toHaveProperty('strict-transport-security');
    expect((await get('127.0.0.7', claim)).headers).not.toHaveProperty('strict-transport-security');
  });

  test.runIf(outside)('plain HTTP from any other machine is closed unread, and the log says so', async () => {
    const socket = connect({ host: outside as string, port: port(), localAddress: outside as string });
    let answer = '';
    socket.on('data', (data) => (answer += data)).on('error', () => undefined);
    socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it is closed', () => socket.closed);
    expect(answer).toBe('');
    await until('the log says so', () => system.signal.output.includes('a connection without TLS was refused'));
    expect(system.signal.output).not.toContain(`"${outside}"`);
  });

  test('programs on the machine itself go on as ever', async () => {
    const viewer = await HeadlessViewer.connect(`http://127.0.0.1:${port()}`, await system.pass('guardian'));
    await viewer.watch('sunflowers');
    await viewer.picture();
    viewer.close();
  });
});
