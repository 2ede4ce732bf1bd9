import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, roomIs, useLink } from '../support/browser.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** A small phone; what fits here fits anywhere. */
const smallPhone: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

describe('for thumbs, keyboards and screen readers', () => {
  let system: System;
  let browser: Browser;

  beforeAll(async () => {
    [system, browser] = await Promise.all([System.start(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  const open = async (link: string, options = smallPhone) => {
    const page = await (await browser.newContext(options)).newPage();
    await useLink(page, link);
    return page;
  };
  const fits = async (page: Page, what: string) => {
    expect(await page.evaluate(findTooSmall), what).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth), what).toBeLessThanOrEqual(360);
    const unnamed = (await page.locator('body').ariaSnapshot()).match(/- (button|link|textbox|checkbox|radio|searchbox)( \[.*\])?:?$/gm);
    expect(unnamed, what).toBeNull();
  };

  test('everything that is tapped is at least 44 pixels high and wide, has a name, and nothing is wider than a small phone', async () => {
    const staff = await open(await system.link('staff'));
    await staff.locator('[data-action="cut-everyone"]').waitFor();
    await fits(staff, 'rooms');
    await staff.locator('.reason summary').click();
    await fits(staff, 'reasons');
    await staff.locator('.reason summary').click();
    await staff.locator('[data-place="hours"]').click();
    await staff.locator('[data-action="edit-hours"]').first().click();
    await fits(staff, 'hours');
    for (const place of ['staff', 'guardian']) {
      await staff.locator(`[data-place="${place}"]`).click();
      await staff.locator('[data-action="invite"]').click();
      await fits(staff, `inviting: ${place}`);
    }
    await staff.getByLabel('Sunflowers').check();
    await staff.getByLabel('Only at certain hours').check();
    await fits(staff, 'hours of a guardian');
    await staff.getByLabel('Only at certain hours').uncheck();
    await staff.locator('[data-action="make-link"]').click();
    await staff.locator('.qr-code').waitFor();
    await fits(staff, 'a link');
    const link = await staff.locator('[data-field="link"]').inputValue();
    const guardian = await (await browser.newContext(smallPhone)).newPage();
    await guardian.goto(link);
    await guardian.locator('[data-action="use-here"]').waitFor();
    await fits(guardian, 'the question whether this is the browser');
    await guardian.locator('[data-action="use-here"]').click();
    await roomIs(guardian, 'live');
    await fits(guardian, 'a picture');
    await staff.locator('[data-action="done"]').click();
    await staff.locator('[data-action="change"]').first().click();
    await fits(staff, 'changing a guardian');
    await staff.getByRole('button', { name: 'Cancel' }).click();
    await staff.locator('[data-action="remove"]').first().click();
    await fits(staff, 'removing');
    await staff.context().close();
    await guardian.context().close();
  });

  test('a guardian is invited and removed by the keyboard alone', async () => {
    const staff = await open(await system.link('staff'), { viewport: { width: 1000, height: 800 } });
    const focused = () => staff.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute('name'));
    const focusIsOn = (words: string) => until(`the focus is on "${words}"`, async () => (await focused()) === words);
    const tabTo = async (words: string) => {
      for (let presses = 0; presses < 30; presses += 1) {
        if ((await focused()) === words) return;
        await staff.keyboard.press('Tab');
      }
      throw new Error(`the keyboard does not get to "${words}"`);
    };
    await staff.locator('[data-action="cut-everyone"]').waitFor();
    await tabTo('Guardians');
    await staff.keyboard.press('Enter');
    await tabTo('Invite a guardian');
    await staff.keyboard.press('Enter');
    await tabTo('room');
    await staff.keyboard.press('Space');
    await tabTo('reference');
    await staff.keyboard.type('K-7');
    await staff.keyboard.press('Enter');
    await staff.locator('[data-field="link"]').waitFor();
    await focusIsOn('The link for K-7'); // where a screen reader goes on reading
    await tabTo('Done');
    await staff.keyboard.press('Enter');
    await focusIsOn('Invite a guardian');
    await staff.locator('[data-state="invited"]', { hasText: 'K-7' }).waitFor();
    await tabTo('Remove…');
    await staff.keyboard.press('Enter');
    await focusIsOn('Keep'); // a second Enter by mistake removes nobody
    await staff.keyboard.press('Shift+Tab');
    await staff.keyboard.press('Enter');
    await staff.getByText('Removed. Nothing was open.').first().waitFor();
    await staff.context().close();
  });
});

/** What is smaller than a fingertip (WCAG 2.2, 2.5.5). A box counts with its label. Runs in the page. */
function findTooSmall(): string[] {
  const tapped = [...document.querySelectorAll('button, a, summary, input, video + button')].map((each) =>
    each instanceof HTMLInputElement && ['checkbox', 'radio'].includes(each.type) ? (each.closest('label') ?? each) : each,
  );
  return tapped.flatMap((each) => {
    const { width, height } = each.getBoundingClientRect();
    const isShown = width > 0 && height > 0;
    return isShown && (width < 43.9 || height < 43.9) ? [`${each.outerHTML.slice(0, 80)} is ${width} by ${height}`] : [];
  });
}
