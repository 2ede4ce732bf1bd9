import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { makeDeviceKey } from '@peekaboo/shared/device-key';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { launchBrowser, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { readQrCode } from '../support/qr-code.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));
const aPhone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** The whole way of a family through Peekaboo. Each test goes on where the one before it stopped. */
describe('from an invitation to its end', () => {
  let system: System;
  let browser: Browser;
  let staff: Page;
  let phone: Page;
  let link: string;
  /** What the phone has asked for and sent, as somebody who reads along would have it. */
  const overheard: { asked: string[]; handshakes: string[] } = { asked: [], handshakes: [] };

  const pageOf = async (options: BrowserContextOptions) => (await browser.newContext(options)).newPage();
  const textOf = async (page: Page) => (await page.locator('main').textContent()) ?? '';
  const secret = () => link.slice(-43);

  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start(), launchBrowser()]);
    staff = await pageOf({ viewport: { width: 1000, height: 800 } });
    await useLink(staff, await system.link('staff'));
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test('staff invite a guardian: a link, a code that a camera reads, until when, and all that on a sheet of paper', async () => {
    await staff.locator('[data-place="guardian"]').click();
    await staff.locator('[data-action="invite"]').click();
    await staff.getByLabel('Sunflowers').check();
    await staff.getByLabel(/your own code/i).fill('c-042');
    await staff.locator('[data-action="make-link"]').click();
    link = await staff.locator('[data-field="link"]').inputValue();
    expect(link).toMatch(new RegExp(`^${system.url}/#invite=[A-Za-z0-9_-]{43}$`));
    await staff.locator('.qr-code').waitFor();
    expect(await readQrCode(browser, staff.locator('.qr-code'))).toBe(link);
    expect(await textOf(staff)).toMatch(/works until \w+day.* at \d\d:\d\d/);
    await staff.screenshot({ path: `${shots}invite.png` });
    await staff.emulateMedia({ media: 'print' });
    await staff.getByText('Watch your child’s room at Willow House').waitFor();
    expect(await readQrCode(browser, staff.locator('.qr-code'))).toBe(link);
    expect(await staff.locator('button:visible, input:visible, nav:visible').count()).toBe(0);
    await staff.emulateMedia({ media: null });
    await staff.locator('[data-action="done"]').click();
    await staff.locator('[data-state="invited"]', { hasText: 'C-042' }).waitFor();
  });

  test('a phone opens the link and shows the room, live; the secret leaves the address bar and is in no address that is asked for', async () => {
    phone = await pageOf(aPhone);
    phone.on('request', (request) => overheard.asked.push(request.url()));
    phone.on('websocket', (socket) => {
      overheard.asked.push(socket.url());
      socket.on('framesent', ({ payload }) => String(payload).startsWith('40/guardian,') && overheard.handshakes.push(String(payload)));
    });
    await phone.addInitScript(() => {
      const note = (list: PerformanceObserverEntryList) => {
        for (const { value } of list.getEntries() as (PerformanceEntry & { value: number })[]) moved.total += value;
      };
      const moved = Object.assign(globalThis, { moved: { total: 0 } }).moved;
      new PerformanceObserver(note).observe({ type: 'layout-shift', buffered: true });
    });
    await useLink(phone, link);
    await roomIs(phone, 'live');
    await until('the picture moves', () => pictureMoves(phone));
    const moved = await phone.evaluate(() => (globalThis as unknown as { moved: { total: number } }).moved.total);
    console.log(`cumulative layout shift up to the picture: ${moved.toFixed(3)}`);
    expect(moved).toBeLessThan(0.1); // "good", by web.dev/cls
    await phone.screenshot({ path: `${shots}guardian-phone.png` });
    expect(phone.url()).not.toContain('invite');
    expect(overheard.asked.length).toBeGreaterThan(3);
    // Browsers send nothing from the # on.
    expect(overheard.asked.filter((url) => url.split('#')[0]?.includes(secret()))).toEqual([]);
    await staff.locator('[data-state="active"]', { hasText: 'C-042' }).getByText('Watching now').waitFor();
  });

  test('the link, opened on another device, explains that it was used', async () => {
    const other = await pageOf(aPhone);
    await useLink(other, link);
    await until('it explains', async () => /used on another device/.test(await textOf(other)));
    await other.screenshot({ path: `${shots}guardian-link-used.png` });
    await other.context().close();
  });

  test('what the phone has sent, copied to another browser, opens nothing there', async () => {
    const handshake = overheard.handshakes.at(-1) ?? '';
    const { pass } = JSON.parse(handshake.slice(handshake.indexOf('{')));
    const other = await pageOf(aPhone);
    await other.goto(system.url);
    expect(await other.evaluate(presentHandshake, handshake)).toMatch(/^44\/guardian,.*PROOF_REPLAYED/);
    await other.context().close();
    const withOwnKey = connectSocket(system.url, 'guardian', { pass, key: await makeDeviceKey() });
    expect(await connected(withOwnKey).catch(({ data }) => data.code)).toBe('PROOF_INVALID');
    withOwnKey.disconnect();
    await until(
      'the ledger has both',
      () => refusedCodes(system).includes('PROOF_REPLAYED') && refusedCodes(system).includes('PROOF_INVALID'),
    );
    expect(await phone.locator('[data-state="live"]').count()).toBe(1); // and the phone goes on
  });

  test('a second link for another device, opened on the phone that has the room already, takes nothing from it', async () => {
    await staff.getByRole('button', { name: /new link for another device of c-042/i }).click();
    const second = await staff.locator('[data-field="link"]').inputValue();
    await staff.locator('[data-action="done"]').click();
    for (const again of [second, link]) {
      await phone.goto(again);
      if (again === second) await phone.locator('[data-action="keep-old"]').click();
      await phone.reload(); // the fragment alone would not load it anew
      await roomIs(phone, 'live');
      await until('the picture moves', () => pictureMoves(phone));
    }
  });

  test('staff remove the guardian: one question, dark at once, and the phone says that it is over', async () => {
    await staff.getByRole('button', { name: 'Remove C-042' }).click();
    await staff.getByText('Remove C-042 for good?').waitFor();
    await staff.screenshot({ path: `${shots}staff-remove.png` });
    await staff.locator('[data-action="confirm-remove"]').click();
    const result = staff.locator('[data-receipt="confirmed"]');
    await result.waitFor();
    expect(await result.textContent()).toMatch(/Removed\. Dark: 1 viewer in \d+ ms/);
    await until('the phone says it', async () => /your access has ended.*ask the nursery/i.test(await textOf(phone)));
    expect(await phone.locator('video').count()).toBe(0);
    await phone.screenshot({ path: `${shots}guardian-removed.png` });
    await staff.screenshot({ path: `${shots}staff-removed.png` });
    await staff.locator('[data-state="ended"]', { hasText: 'C-042' }).waitFor({ state: 'attached' });
  });

  test('neither that browser nor the old link comes back', async () => {
    await phone.reload();
    await until('the phone says it again', async () => /your access has ended/i.test(await textOf(phone)));
    const other = await pageOf(aPhone);
    await phone.goto(link);
    await useLink(other, link);
    for (const page of [phone, other]) {
      await until('it is refused', async () => /has ended|used on another device/i.test(await textOf(page)));
      expect(await page.locator('video').count()).toBe(0);
    }
  });
});

/** Opens a connection as the overheard one was opened, and returns what the server says to it. Runs in the page. */
function presentHandshake(handshake: string): Promise<string> {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`);
  return new Promise((resolve, reject) => {
    socket.onmessage = ({ data }) => {
      if (String(data).startsWith('0')) socket.send(handshake);
      else if (String(data).startsWith('4')) resolve(String(data));
    };
    socket.onclose = () => reject(new Error('closed without an answer'));
  });
}

function refusedCodes({ dataFolder }: System): string[] {
  const lines = readFileSync(join(dataFolder, 'ledger.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Entry).flatMap((entry) => (entry.kind === 'pass.refused' ? [entry.detail.code] : []));
}
