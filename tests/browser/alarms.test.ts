import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, phone } from '../support/browser.ts';
import { System } from '../support/system.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));

describe('an alarm on the staff page', () => {
  let browser: Browser;
  let system: System;
  let desktop: Page;
  let mobile: Page;

  beforeAll(async () => {
    browser = await launchBrowser();
    system = await System.start();
    const open = async (viewport: typeof phone) => openPage(browser, await system.link('staff'), viewport);
    desktop = await open({ width: 1000, height: 800 });
    mobile = await open(phone);
    for (const page of [desktop, mobile]) await page.locator('[data-action="cut-room"]').first().waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await system.stop();
  });

  const shoot = async (name: string) => {
    await desktop.screenshot({ path: `${shots}${name}.png` });
    await mobile.screenshot({ path: `${shots}${name}-phone.png` });
  };
  const alarm = (kind: string) => desktop.locator(`[data-alarm="${kind}"]`);
  const isOver = (kind: string) => alarm(kind).waitFor({ state: 'detached', timeout: 15_000 });

  test('says that the store is gone, what that means and whom to call, and goes when it is back', async () => {
    expect(await desktop.locator('[data-alarm]').count()).toBe(0);
    const file = join(system.dataFolder, 'peekaboo.sqlite');
    renameSync(file, `${file}.away`);
    await alarm('store-gone').waitFor();
    expect(await alarm('store-gone').textContent()).toMatch(/No picture may be shown.*Since \d\d:\d\d.*Call whoever/);
    expect(await desktop.locator('[data-alarm]').count()).toBe(1); // the SFU is dark for no reason of its own
    await shoot('staff-alarm-store');
    await desktop.locator('[data-action="cut-room"]').first().click();
    await alarm('hold-unsaved').waitFor();
    await shoot('staff-alarm-unsaved');
    renameSync(`${file}.away`, file);
    await isOver('store-gone');
    await isOver('hold-unsaved');
    await desktop.locator('[data-receipt="confirmed"]').waitFor();
  });

  test('says of a frozen SFU that it does not answer, and that it is lost when it ends', async () => {
    system.sfu.kill('SIGSTOP');
    await alarm('sfu-silent').waitFor();
    expect(await alarm('sfu-silent').textContent()).toMatch(/sfu-1 does not answer/);
    system.sfu.kill('SIGKILL');
    await alarm('sfu-lost').waitFor();
    await isOver('sfu-silent');
    await shoot('staff-alarm-sfu');
    expect(system.signal.output).toMatch(/"alarm":"sfu-lost".*ALARM: an SFU is lost/);
  });
});
