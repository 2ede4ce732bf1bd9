import { fileURLToPath } from 'node:url';
import { newId } from '@peekaboo/shared/ids';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, phone, pictureIsShown, pictureMoves, pixels, roomIs, useLink } from '../support/browser.ts';
import { alwaysOpen, nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));
const desktop = { width: 1000, height: 800 };

describe('in the browser', () => {
  let browser: Browser;
  const systems: System[] = [];
  const pages: Page[] = [];

  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close();
    for (const system of systems.splice(0)) await system.stop();
  });
  afterAll(() => browser?.close());

  const startSystem = async (options?: Parameters<typeof System.start>[0]) => {
    const system = await System.start(options);
    systems.push(system);
    return system;
  };
  const openGuardian = async (system: System, rooms: string[], viewport = phone) => {
    const page = await openPage(browser, await system.link('guardian', { rooms }), viewport);
    pages.push(page);
    return page;
  };
  const openStaff = async (system: System, viewport = desktop) => {
    const page = await openPage(browser, await system.link('staff'), viewport);
    pages.push(page);
    return page;
  };

  test('a guardian opens the link and sees a moving picture; staff cut it, the words change; staff lift it, it comes back', async () => {
    const system = await startSystem();
    const guardian = await openGuardian(system, ['sunflowers']);
    await roomIs(guardian, 'live');
    await until('the picture moves', () => pictureMoves(guardian));
    expect(guardian.url()).not.toContain('invite'); // it is gone from the address bar
    await guardian.screenshot({ path: `${shots}guardian-live.png` });

    const staff = await openStaff(system);
    const sunflowers = staff.locator('[data-room="sunflowers"]').first();
    await until('staff see one viewer', async () => /1 watching/.test((await sunflowers.textContent()) ?? ''));
    await staff.screenshot({ path: `${shots}staff.png` });

    await staff.locator('[data-action="cut-room"][data-room="sunflowers"]').click();
    const result = staff.locator('[data-receipt="confirmed"]');
    await result.waitFor();
    expect(await result.textContent(), system.words).toMatch(/Dark: 1 viewer in \d+ ms/);
    await roomIs(guardian, 'held');
    expect(await pixels(guardian)).toBeUndefined();
    expect(await guardian.locator('main').textContent()).toMatch(/paused/i);
    await guardian.screenshot({ path: `${shots}guardian-held.png` });
    await staff.screenshot({ path: `${shots}staff-cut.png` });

    await staff.locator('[data-action="lift"]').first().click();
    await staff.locator('[data-action="confirm-lift"]').click();
    await roomIs(guardian, 'live');
    await until('the picture moves again', () => pictureMoves(guardian));
  });

  test('a guardian whose link is withdrawn while watching sees no picture any more, and is told that it was withdrawn', async () => {
    const system = await startSystem();
    const guardian = newId('guardian');
    const page = await openPage(browser, await system.link('guardian', { id: guardian, rooms: ['sunflowers'] }));
    pages.push(page);
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const said: string[] = [];
    await staff.revoke({ kind: 'guardian', nursery: 'willow-house', guardian });
    await until('it says so', async () => {
      said.push((await page.locator('body').textContent()) ?? '');
      return /access has ended/.test(said.at(-1) ?? '');
    });
    expect(await page.locator('video').count()).toBe(0);
    expect(said.filter((text) => /paused|comes back/i.test(text))).toEqual([]);
    await page.screenshot({ path: `${shots}guardian-withdrawn.png` });
    await page.reload();
    await until('it says so again', async () => /access has ended/.test((await page.locator('body').textContent()) ?? ''));

    const staffPage = await openStaff(system);
    await until('staff see it', async () => /Withdrawn for good: 1/.test((await staffPage.locator('main').textContent()) ?? ''));
    expect(await staffPage.locator('[data-action="lift"]').count()).toBe(0);
    staff.close();
  });

  test('the picture goes with a cut, before signalling can say so; then the page reads why', async () => {
    const system = await startSystem();
    const page = await openPage(browser, 'about:blank');
    pages.push(page);
    const lateMs = 800;
    let late = false;
    await page.routeWebSocket(/socket/, (toPage) => {
      toPage.connectToServer().onMessage((message) => {
        if (late) setTimeout(() => toPage.send(message), lateMs);
        else toPage.send(message);
      });
    });
    await useLink(page, await system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
    late = true;
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const [receipt] = await Promise.all([staff.confirmed(staff.cutRoom('sunflowers')), roomIs(page, 'lost')]);
    await page.screenshot({ path: `${shots}guardian-lost.png` });
    expect(await pixels(page)).toBeUndefined();
    expect(receipt).toMatchObject({ state: 'confirmed', viewsClosed: 1 });
    await roomIs(page, 'held');
    expect(await page.locator('[data-room="sunflowers"]').first().textContent()).toMatch(/Paused by staff/);
    staff.close();
  });

  test('everyone is cut at one tap, on every page', async () => {
    const system = await startSystem();
    const guardians = [await openGuardian(system, ['sunflowers']), await openGuardian(system, ['bluebells'])];
    for (const guardian of guardians) await roomIs(guardian, 'live');
    const staff = await openStaff(system);
    await staff.locator('[data-action="cut-everyone"]').click();
    await staff.locator('[data-receipt="confirmed"]').waitFor();
    expect(await staff.locator('[data-receipt="confirmed"]').textContent()).toMatch(/Dark: 2 viewers in \d+ ms/);
    for (const guardian of guardians) await roomIs(guardian, 'held');
  });

  test('when the hours end while a guardian watches, the picture goes and the page says when it opens again', {
    timeout: 120_000,
  }, async () => {
    const closing = 30_000; // from now, on a clock that is set so that a minute strikes then
    const struck = Math.ceil((Date.now() + closing) / 60_000) * 60_000;
    const ahead = struck - closing - Date.now();
    const closesAt = new Date(struck).toISOString().slice(11, 16);
    // The one window of each day ends when the minute strikes.
    const window = closesAt === '00:00' ? '00:00-24:00' : `00:00-${closesAt}`;
    const hours = { weekly: Object.fromEntries(Object.keys(alwaysOpen.weekly).map((day) => [day, [window]])) };
    const rooms = [{ id: 'sunflowers', name: 'Sunflowers', hours }];
    const preload = fileURLToPath(new URL('../support/start-clock-at.mjs', import.meta.url));
    const system = await startSystem({
      config: nurseryConfig({ rooms, timeZone: 'UTC', cameras: [{ id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture' }] }),
      env: { NODE_OPTIONS: `--import=${preload}`, START_CLOCK_AHEAD_MS: String(ahead) },
    });
    const guardian = await openGuardian(system, ['sunflowers']);
    await roomIs(guardian, 'live');
    await until('the picture moves', () => pictureMoves(guardian));
    await roomIs(guardian, 'closed', closing + 5_000);
    expect(await pixels(guardian)).toBeUndefined();
    expect(await guardian.locator('main').textContent()).toMatch(/open/i);
    await guardian.screenshot({ path: `${shots}guardian-closed.png` });
  });

  test('staff edit the hours: those who watch outside them lose the picture and read why; bad hours are refused with a sentence', {
    timeout: 120_000,
  }, async () => {
    const system = await startSystem();
    const guardian = await openGuardian(system, ['sunflowers']);
    await roomIs(guardian, 'live');
    await until('the picture moves', () => pictureMoves(guardian));
    const staff = await openStaff(system, phone);
    await staff.locator('[data-place="hours"]').click();
    const room = staff.locator('[data-hours="sunflowers"]');
    await until('the hours are those of the file', async () => /From the nursery’s file/.test((await room.textContent()) ?? ''));
    await staff.screenshot({ path: `${shots}staff-hours.png`, fullPage: true });

    await room.locator('[data-action="edit-hours"]').click();
    await room.locator('[data-day="mon"] [data-action="add-window"]').click(); // a second one: they overlap
    await room.locator('[data-action="add-date"]').click();
    await room.locator('input[type="date"]').fill('2026-12-25');
    expect(await staff.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
    await staff.screenshot({ path: `${shots}staff-hours-form.png`, fullPage: true });
    await room.locator('[data-action="save-hours"]').click();
    await room.locator('[role="alert"]').waitFor();
    expect(await room.locator('[role="alert"]').textContent()).toMatch(/mon: 00:00-24:00 and 08:00-18:00 overlap/);
    await room.locator('[role="alert"]').scrollIntoViewIfNeeded();
    await staff.screenshot({ path: `${shots}staff-hours-refused.png` });
    await until('the picture moves', () => pictureMoves(guardian));

    const windows = room.locator('[data-action="remove-window"]');
    while ((await windows.count()) > 0) await windows.first().click();
    await room.locator('[data-action="save-hours"]').click();
    await until('the hours are those of staff', async () => /Set here by staff/.test((await room.textContent()) ?? ''));
    await roomIs(guardian, 'closed');
    expect(await pixels(guardian)).toBeUndefined();
    expect(await guardian.locator('main').textContent()).toMatch(/Closed now.*The time for watching is over/);
    await guardian.screenshot({ path: `${shots}guardian-hours-ended.png` });
    await staff.screenshot({ path: `${shots}staff-hours-set.png`, fullPage: true });

    await room.locator('[data-action="edit-hours"]').click();
    await room.locator('[data-action="reset-hours"]').click();
    await roomIs(guardian, 'live');
    await until('the picture moves again', () => pictureMoves(guardian));
  });

  test('a guardian with two rooms chooses one, leaves it, and chooses the other', async () => {
    const system = await startSystem();
    const guardian = await openGuardian(system, ['sunflowers', 'bluebells']);
    await guardian.locator('[data-action="watch"][data-room="bluebells"]').click();
    await roomIs(guardian, 'live');
    await guardian.locator('[data-action="leave"]').click();
    await guardian.screenshot({ path: `${shots}guardian-rooms.png` });
    await guardian.locator('[data-action="watch"][data-room="sunflowers"]').click();
    await roomIs(guardian, 'live');
    await until('the picture moves', () => pictureMoves(guardian));
  });

  test('a page that lost signal says so, and shows the picture again by itself when signal is back', { timeout: 90_000 }, async () => {
    const system = await startSystem();
    const guardian = await openGuardian(system, ['sunflowers']);
    await roomIs(guardian, 'live');
    system.signal.kill('SIGSTOP');
    await guardian.locator('[data-state="live"]').waitFor({ state: 'detached', timeout: 15_000 });
    expect(await pictureIsShown(guardian)).toBe(false);
    await guardian.screenshot({ path: `${shots}guardian-frozen.png` });
    system.signal.kill('SIGCONT');
    await roomIs(guardian, 'live', 30_000);
    await until('the picture moves', () => pictureMoves(guardian));
  });

  test('a link that is not valid any more is explained, and nothing is asked again and again', async () => {
    const system = await startSystem();
    const page = await openPage(browser, await system.link('guardian', { expiresInMs: -5_000 }));
    pages.push(page);
    await until('the page explains', async () => /or has run out.*ask the nursery/i.test((await page.locator('body').textContent()) ?? ''));
    expect(await page.locator('video').count()).toBe(0);
  });

  test('no page asks anything of another site', async () => {
    const system = await startSystem();
    const asked: string[] = [];
    for (const role of ['guardian', 'staff'] as const) {
      const context = await browser.newContext();
      const page = await context.newPage();
      page.on('request', (request) => asked.push(request.url()));
      await useLink(page, await system.link(role));
      await page.waitForLoadState('networkidle');
      await context.close();
    }
    expect(asked.length).toBeGreaterThan(4);
    expect(asked.filter((url) => new URL(url).host !== new URL(system.url).host && !url.startsWith('data:'))).toEqual([]);
  });
});
