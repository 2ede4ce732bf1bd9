import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '@peekaboo/shared/errors';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, openPage, useLink } from '../../tests/support/browser.ts';
import { childrenOf } from '../../tests/support/processes.ts';
import { gapMs } from './gap-watch.ts';
import { orAborted } from './or-aborted.ts';
import { clickOn, countFrames, renderedSoFar } from './page-probe.ts';
import { mostOf } from './quantile.ts';

const pageWithinMs = 30_000;
const pictureWithinMs = 10_000;

/** What the families with a real browser saw. Times in milliseconds; `lastFrameAt` since the Unix epoch, of each that had a picture. */
export type BrowsersSeen = {
  viewers: number;
  failed: number;
  firstFramesMs: number[];
  frames: number;
  framesPerSecond: number;
  /** Times that a picture stood still for more than 200 ms, and the longest; NaN without a picture, as the rate. */
  freezes: number;
  longestFreezeMs: number;
  lastFramesAt: number[];
};

/** Families with a real browser: one Chromium, a profile of its own for each, on the guardian's real page. */
export class Browsers {
  readonly #browser: Browser;
  readonly #pages: { page: Page; room: string }[] = [];

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  /** Opens an invite link in each, and waits until they could click. @param signal gives that up. @throws StartError without a Chromium. */
  static async open(links: string[], rooms: string[], signal: AbortSignal): Promise<Browsers> {
    const browser = await withoutItsOwnEnd(launchBrowser).catch((error: Error) => {
      throw new StartError(`--browsers: ${error.message.split('\n')[0]}`);
    });
    const browsers = new Browsers(browser);
    try {
      for (const [index, link] of links.entries()) await orAborted(browsers.#open(link, rooms[index % rooms.length] as string), signal);
    } catch (error) {
      await browsers.close();
      throw error;
    }
    return browsers;
  }

  async #open(link: string, room: string): Promise<void> {
    const page = await openPage(this.#browser, 'about:blank');
    page.setDefaultTimeout(pageWithinMs);
    await page.addInitScript(countFrames, gapMs);
    await useLink(page, link);
    // A page with one room has opened it by itself: back to the list, to click like everybody else.
    const [list, leave] = [page.locator('[data-action="watch"]').first(), page.locator('[data-action="leave"]')];
    await list.or(leave).first().waitFor();
    if (await leave.isVisible()) await leave.click();
    await list.waitFor();
    this.#pages.push({ page, room });
  }

  /** Everything that Chromium runs. */
  get pids(): number[] {
    return childrenOf(process.pid).flatMap(({ pid, command }) => (/chrom/i.test(command.split(' ')[0] ?? '') ? [pid] : []));
  }

  /** Clicks, evenly spread over this time, and resolves once the last has a picture or has waited long enough for one. */
  async run(rampMs: number): Promise<void> {
    await Promise.all(
      this.#pages.map(async ({ page, room }, index) => {
        await delay((index / this.#pages.length) * rampMs);
        await page.evaluate(clickOn, room);
        const overdue = performance.now() + pictureWithinMs;
        while (performance.now() < overdue && (await this.#rendered(page, false)).firstAt === 0) await delay(100);
      }),
    );
  }

  /** @param settle whether standing still counts no more from here on. */
  async seen(settle: boolean): Promise<BrowsersSeen> {
    const all = await Promise.all(this.#pages.map(({ page }) => this.#rendered(page, settle)));
    const shown = all.filter(({ firstAt, clickedAt }) => firstAt > 0 && firstAt - clickedAt <= pictureWithinMs);
    const rates = shown.map(({ frames, firstAt, lastAt }) => (frames - 1) / Math.max(0.001, (lastAt - firstAt) / 1_000));
    return {
      viewers: shown.length,
      failed: all.length - shown.length,
      firstFramesMs: shown.map(({ firstAt, clickedAt }) => firstAt - clickedAt),
      frames: shown.reduce((sum, { frames }) => sum + frames, 0),
      framesPerSecond: rates.reduce((sum, rate) => sum + rate, 0) / rates.length,
      freezes: shown.length === 0 ? Number.NaN : shown.reduce((sum, { freezes }) => sum + freezes, 0),
      longestFreezeMs: mostOf(shown.map(({ worstMs }) => worstMs)),
      lastFramesAt: shown.map(({ timeOrigin, lastAt }) => timeOrigin + lastAt),
    };
  }

  close(): Promise<void> {
    return this.#browser.close();
  }

  #rendered(page: Page, settle: boolean) {
    return page.evaluate(renderedSoFar, { settle, freezeMs: gapMs });
  }
}

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Playwright would end this process itself on Ctrl-C, before a cut is lifted or an entitlement ended. Its Chromium ends with this process all the same. */
async function withoutItsOwnEnd<T>(launch: () => Promise<T>): Promise<T> {
  const before = endings.map((name) => process.listeners(name));
  try {
    return await launch();
  } finally {
    for (const [index, name] of endings.entries())
      for (const listener of process.listeners(name)) if (!before[index]?.includes(listener)) process.off(name, listener);
  }
}
