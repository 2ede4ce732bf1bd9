import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { launchBrowser, phone } from './browser.ts';
import { System } from './system.ts';

/** One system and one browser for all tests of a file; each test's pages are closed after it. */
export class BrowserScene {
  system!: System;
  browser!: Browser;
  readonly #pages: Page[] = [];

  constructor() {
    beforeAll(async () => {
      [this.system, this.browser] = await Promise.all([System.start(), launchBrowser()]);
    });
    afterEach(async () => {
      for (const page of this.#pages.splice(0)) await page.context().close();
    });
    afterAll(async () => {
      await this.browser?.close();
      await this.system?.stop();
    });
  }

  /** A page in a browser profile of its own, as on a device of its own; a phone, if not said. */
  async newPage(options: BrowserContextOptions = { viewport: phone }): Promise<Page> {
    const page = await (await this.browser.newContext(options)).newPage();
    this.#pages.push(page);
    return page;
  }
}
