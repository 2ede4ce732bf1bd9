import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));
const aPhone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/** A child moves to another group. Each test goes on where the one before it stopped. */
describe('what a family may is changed by staff', () => {
  let system: System;
  let browser: Browser;
  let staff: Page;
  let parent: Page;

  const pageOf = async (link: string, options: BrowserContextOptions) => {
    const page = await (await browser.newContext(options)).newPage();
    await useLink(page, link);
    return page;
  };
  const textOf = async (page: Page) => (await page.locator('main').textContent()) ?? '';
  const card = () => staff.locator('.person', { hasText: /C-042|C-7/ });
  const openForm = () => staff.getByRole('button', { name: /^Change C-/ }).click();
  const save = async () => {
    await staff.locator('[data-action="save-change"]').click();
    await card().getByText('Changed. It counts from now on.').waitFor();
  };

  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start(), launchBrowser()]);
    parent = await pageOf(await system.link('guardian', { rooms: ['sunflowers', 'bluebells'], reference: 'C-042' }), aPhone);
    staff = await pageOf(await system.link('staff'), { viewport: { width: 1000, height: 800 } });
    await staff.locator('[data-place="guardian"]').click();
    await parent.locator('[data-room="sunflowers"]').click();
    await roomIs(parent, 'live');
    await until('the picture moves', () => pictureMoves(parent));
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  test('the form has what they may now; with the keyboard alone a room is taken away, and the picture closes with calm words', async () => {
    await staff.getByRole('button', { name: 'Change C-042' }).focus();
    await staff.keyboard.press('Enter');
    await until('the first room has the focus', () => staff.evaluate(() => document.activeElement?.getAttribute('value') === 'sunflowers'));
    for (const room of ['Sunflowers', 'Bluebells']) expect(await card().getByLabel(room).isChecked()).toBe(true);
    expect(
      await card()
        .getByLabel(/your own code/i)
        .inputValue(),
    ).toBe('C-042');
    expect(
      await card()
        .getByLabel(/last day/i)
        .inputValue(),
    ).toBe('');
    await staff.screenshot({ path: `${shots}staff-change.png`, fullPage: true });
    await staff.keyboard.press('Space');
    await staff.keyboard.press('Enter');
    await card().getByText('Changed. It counts from now on.').waitFor();
    await until('the button has it again', () => staff.evaluate(() => document.activeElement?.getAttribute('data-action') === 'change'));
    await card()
      .getByText(/^Bluebells · No last day/)
      .waitFor();

    await until('the phone says it', async () => /Not one of your rooms any more/.test(await textOf(parent)), 2_000);
    expect(await parent.locator('video').count()).toBe(0);
    await parent.getByRole('heading', { name: 'Sunflowers' }).waitFor();
    await parent.screenshot({ path: `${shots}guardian-room-withdrawn.png` });
    await staff.screenshot({ path: `${shots}staff-changed.png` });
  });

  test('the parent goes to the rooms that are theirs, and sees the other one', async () => {
    await parent.getByRole('button', { name: 'All rooms' }).click();
    await parent.locator('[data-action="watch"][data-room="bluebells"]').click();
    await roomIs(parent, 'live');
    await until('the picture moves', () => pictureMoves(parent));
    await parent.locator('[data-action="leave"]').click();
    expect(await parent.locator('[data-action="watch"]').count()).toBe(1);
  });

  test('a room that is added is on the page without a reload; a code and a last day as well as they were typed', async () => {
    await openForm();
    await card().getByLabel('Sunflowers').check();
    await card()
      .getByLabel(/your own code/i)
      .fill('c-7');
    await card()
      .getByLabel(/last day/i)
      .fill('2098-07-31');
    await save();
    await parent.locator('[data-action="watch"][data-room="sunflowers"]').waitFor({ timeout: 2_000 });
    expect(await card().textContent()).toMatch(
      /C-7.*Sunflowers, Bluebells · Until 31 July 2098|C-7.*Bluebells, Sunflowers · Until 31 July 2098/,
    );
    await openForm();
    expect(
      await card()
        .getByLabel(/last day/i)
        .inputValue(),
    ).toBe('2098-07-31');
    await card().getByLabel('Sunflowers').uncheck();
    await card().getByLabel('Bluebells').uncheck();
    await staff.locator('[data-action="save-change"]').click();
    await card().getByText('Choose at least one room.').waitFor();
    await card().getByRole('button', { name: 'Cancel' }).click();
  });

  test('the only one who administers cannot stop doing so, and reads why', async () => {
    await staff.locator('[data-place="staff"]').click();
    await staff.getByRole('button', { name: /^Change Staff/ }).click();
    await staff.getByLabel(/^See/).check();
    await staff.locator('[data-action="save-change"]').click();
    await staff.getByText('Nobody else administers. Let somebody else do so first.').waitFor();
    await staff.screenshot({ path: `${shots}staff-last-administrator.png`, fullPage: true });
  });
});
