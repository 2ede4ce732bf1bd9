import { fileURLToPath } from 'node:url';
import type { WebSocketRoute } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { BrowserScene } from '../support/browser-scene.ts';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));

/** Old browsers, poor networks, large letters: what a page meets that is not wrong with the nursery. */
describe('a page', () => {
  const scene = new BrowserScene();
  const liftAll = async () => {
    const staff = await StaffPage.connect(scene.system.url, await scene.system.pass('staff'));
    await until('the nursery is known', () => staff.nursery !== undefined);
    for (const { id } of staff.nursery?.holds ?? []) await staff.lift(id);
    staff.close();
  };

  test('in a browser of 2022 shows the picture, cuts it, and edits hours', async () => {
    const staff = await scene.newPage();
    const guardian = await scene.newPage();
    for (const page of [staff, guardian]) await page.addInitScript(as2022);
    await useLink(guardian, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(guardian, 'live');
    await until('the picture moves', () => pictureMoves(guardian));
    await useLink(staff, await scene.system.link('staff'));
    await staff.locator('[data-action="cut-everyone"]').click();
    await staff.locator('[data-receipt="confirmed"]').waitFor();
    await roomIs(guardian, 'held');
    await staff.locator('[data-action="lift"]').first().click();
    await staff.locator('[data-action="confirm-lift"]').click();
    await roomIs(guardian, 'live');
    await staff.locator('[data-place="hours"]').click();
    const room = staff.locator('[data-hours="bluebells"]');
    await room.locator('[data-action="edit-hours"]').click();
    await room.locator('[data-action="add-date"]').click();
    await room.locator('input[type="date"]').fill('2026-12-25');
    await room.locator('[data-action="remove-window"]').first().click();
    await room.locator('[data-action="save-hours"]').click();
    await until('the hours are those of staff', async () => /Set here by staff/.test((await room.textContent()) ?? ''));
    expect(await staff.evaluate(() => (document.activeElement as HTMLElement)?.dataset.action)).toBe('edit-hours');
  });

  test('without live video leaves the invite for another browser', async () => {
    const link = await scene.system.link('guardian', { rooms: ['sunflowers'] });
    const unfit = await scene.newPage();
    await unfit.addInitScript(() => {
      for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection']) Reflect.deleteProperty(globalThis, name);
    });
    await unfit.goto(link);
    await unfit.locator('[data-state="unsupported"]').waitFor();
    const fit = await scene.newPage();
    await useLink(fit, link);
    await roomIs(fit, 'live');
  });

  test('carries a cut out that is pressed again and again while its connection is slow to come back', async () => {
    const staff = await scene.newPage();
    const tookMs = 1_300;
    let now: WebSocketRoute | undefined;
    let slow = false;
    await staff.routeWebSocket(/socket\.io/, async (socket) => {
      now = socket;
      if (slow) await new Promise((resolve) => setTimeout(resolve, tookMs));
      socket.connectToServer();
    });
    await useLink(staff, await scene.system.link('staff'));
    const cut = staff.locator('[data-action="cut-everyone"]');
    await cut.waitFor();
    slow = true;
    await now?.close();
    const pressing = setInterval(() => void cut.dispatchEvent('click', { detail: 1 }).catch(() => undefined), 400);
    await staff.locator('[data-receipt="confirmed"]').waitFor({ timeout: 6_000 });
    clearInterval(pressing);
    await liftAll();
  });

  test.for(['guardian', 'staff'] as const)('of a %s says so when it never gets a connection', async (role) => {
    const page = await scene.newPage();
    await page.addInitScript(withoutSockets);
    await useLink(page, await scene.system.link(role));
    await page.locator('[data-state="lost"]').waitFor();
    expect(await page.locator('main').textContent()).toMatch(/No connection.*cannot be reached.*keeps trying by itself/);
    await page.screenshot({ path: `${shots}${role}-no-connection.png` });
  });

  test('shows whole sentences where letters are twice as large', async () => {
    const page = await scene.newPage({ viewport: { width: 187, height: 400 } });
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    const staff = await StaffPage.connect(scene.system.url, await scene.system.pass('staff'));
    const { hold } = await staff.cutRoom('sunflowers');
    await roomIs(page, 'held');
    await page.screenshot({ path: `${shots}guardian-held-large.png` });
    const cut = await page.locator('.cover').evaluate((cover) => {
      const stage = (cover.parentElement as HTMLElement).getBoundingClientRect();
      return [...cover.children].filter((each) => {
        const { top, bottom, left, right } = each.getBoundingClientRect();
        return top < stage.top || bottom > stage.bottom || left < stage.left || right > stage.right;
      }).length;
    });
    expect(cut).toBe(0);
    await staff.lift(hold.id);
    staff.close();
  });

  test('that was hidden has no picture until there is a new one', async () => {
    const page = await scene.newPage();
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
    expect(await page.evaluate(hideAndReturn)).toBe('reconnecting');
    await roomIs(page, 'live');
  });
});

/** Runs in the page before its own code: takes away what came later, and all that tells of frames but the connection itself, as in Firefox. */
function as2022(): void {
  for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with', 'findLast', 'findLastIndex'])
    Reflect.deleteProperty(Array.prototype, name);
  for (const name of ['toWellFormed', 'isWellFormed']) Reflect.deleteProperty(String.prototype, name);
  for (const name of ['groupBy']) Reflect.deleteProperty(Object, name);
  for (const name of ['withResolvers', 'try']) Reflect.deleteProperty(Promise, name);
  const video = HTMLVideoElement.prototype;
  for (const name of ['requestVideoFrameCallback', 'cancelVideoFrameCallback', 'getVideoPlaybackQuality'])
    Reflect.deleteProperty(video, name);
}

/** What the page says at once when it is seen again. */
async function hideAndReturn(): Promise<string | undefined> {
  const become = (hidden: boolean) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  };
  become(true);
  become(false);
  await Promise.resolve();
  await Promise.resolve();
  return document.querySelector<HTMLElement>('.room')?.dataset.state;
}

/** Runs in the page before its own code: a network that lets pages through, and no WebSockets. */
function withoutSockets(): void {
  globalThis.WebSocket = class extends WebSocket {
    constructor() {
      super('ws://127.0.0.1:1/');
    }
  };
}
