import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { makeCertificate } from '../support/certificate.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

describe('over TLS', () => {
  let browser: Browser;
  let system: System;

  beforeAll(async () => {
    browser = await launchBrowser();
    system = await System.start({
      tls: true,
      config: { ...nurseryConfig(), securityContact: 'mailto:security@example.org', publicUrls: ['https://watch.example'] },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const socket = connectTls({ port: Number(new URL(system.url).port), host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });

  test('both pages work under their content security policy, log nothing, and ask nothing of any other site', async () => {
    const words: string[] = [];
    const asked: string[] = [];
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    for (const role of ['guardian', 'staff'] as const) {
      const page = await context.newPage();
      page.on('console', (message) => words.push(`${message.type()}: ${message.text()}`));
      page.on('pageerror', (error) => words.push(String(error)));
      page.on('request', (request) => asked.push(request.url()));
      page.on('websocket', (socket) => asked.push(socket.url()));
      await page.addInitScript(() =>
        addEventListener('securitypolicyviolation', (event) => console.error(`${event.violatedDirective} ${event.blockedURI}`)),
      );
      await useLink(page, await system.link(role, { rooms: ['sunflowers'] }));
      if (role === 'guardian') {
        await roomIs(page, 'live');
        await until('the picture moves', () => pictureMoves(page));
      } else {
        await page.locator('[data-action="cut-everyone"]').click();
        await page.locator('[data-receipt="confirmed"]').waitFor();
      }
    }
    await context.close();
    expect(words).toEqual([]);
    const { host } = new URL(system.url);
    expect(asked.some((url) => url.startsWith('wss:'))).toBe(true);
    expect(asked.filter((url) => new URL(url).host !== host && !url.startsWith('data:'))).toEqual([]);
  });

  test('every answer carries the headers, whatever was asked', async () => {
    for (const path of ['/', '/staff', '/healthz', '/.well-known/jwks.json', '/nothing-here']) {
      const { headers } = await fetch(`${system.url}${path}`);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toMatch(/default-src 'self'/);
      expect(policy).not.toMatch(/unsafe|\*|https?:/);
      expect(Object.fromEntries(headers)).toMatchObject({
        'strict-transport-security': 'max-age=31536000',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('microphone=()'),
      });
      expect(headers.get('server') ?? headers.get('x-powered-by')).toBeNull();
    }
  });

  test('an address that cannot be read is refused with the barest of headers', async () => {
    const { status, headers } = await fetch(`${system.url}/%zz`);
    expect([status, headers.get('content-security-policy'), headers.get('x-content-type-options')]).toEqual([
      400,
      "default-src 'none'",
      'nosniff',
    ]);
  });

  test('a page that is opened at an address which is not its own says so, does not use the link up, and the log has the address', async () => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const elsewhere = `https://other.localhost:${new URL(system.url).port}`;
    const link = await system.link('guardian');
    await useLink(page, link.replace(system.url, elsewhere));
    await page.getByText('The nursery’s server does not go by the address of this page.').waitFor();
    await useLink(page, link);
    await page.locator('[data-room], [data-state="open"]').first().waitFor();
    await context.close();
    expect(system.signal.output).toMatch(/"url":"https:\/\/other\.localhost:\d+".*not among publicUrls/);
  });

  test('security.txt says whom to tell (RFC 9116)', async () => {
    const reply = await fetch(`${system.url}/.well-known/security.txt`);
    expect(reply.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    const text = await reply.text();
    expect(text).toContain('Contact: mailto:security@example.org\n');
    expect(text).toContain('Canonical: https://watch.example/.well-known/security.txt\n'); // its own name, not what the request calls it
    const expires = Date.parse(/^Expires: (.+)$/m.exec(text)?.[1] ?? '');
    expect(expires - Date.now()).toBeGreaterThan(30 * 86_400_000);
    expect(expires - Date.now()).toBeLessThan(366 * 86_400_000);
  });

  test('whoever speaks plain HTTP, or an old TLS, gets nothing', async () => {
    const { port } = new URL(system.url);
    const plain = connectTcp({ port: Number(port), host: '127.0.0.1' });
    let answer = '';
    plain.on('data', (data) => (answer += data));
    plain.on('error', () => undefined);
    plain.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('it is closed', () => plain.closed);
    expect(answer).not.toContain('200');
    const old = connectTls({
      port: Number(port),
      host: '127.0.0.1',
      rejectUnauthorized: false,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    });
    await expect(new Promise((resolve, reject) => old.on('secureConnect', resolve).on('error', reject))).rejects.toThrow();
  });

  test('a renewed certificate is used for new connections, and open ones stay', { timeout: 60_000 }, async () => {
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian', { rooms: ['bluebells'] }));
    const before = await serial();
    makeCertificate(system.dataFolder);
    await until('the new one is served', async () => (await serial()) !== before, 20_000);
    expect(viewer.socket.connected).toBe(true);
    viewer.close();
    expect(readFileSync(join(system.dataFolder, 'certificate.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
  });
});
