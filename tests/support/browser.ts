import { existsSync } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Where the browser may be: `CHROMIUM` says so, else the system's, else the applications of a Mac. */
const places = [
  process.env.CHROMIUM ?? '',
  ...['/usr/bin/chromium', '/usr/bin/google-chrome'],
  ...['Chromium', 'Google Chrome'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`),
];

/** The system's own Chromium, without a screen. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = places.find((path) => path !== '' && existsSync(path));
  if (!executablePath) throw new Error('no Chromium is installed; name one by the variable CHROMIUM');
  return chromium.launch({ executablePath, args });
}

export const phone = { width: 360, height: 740 };

/** A page in a browser profile of its own, as on a device of its own. A link that works once is used there. */
export async function openPage(browser: Browser, url: string, viewport = phone): Promise<Page> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await (url.includes('#invite=') ? useLink(page, url) : page.goto(url));
  return page;
}

/** Opens a link that works once, and says that it is to be used in this browser. */
export async function useLink(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.locator('[data-action="use-here"]').click();
}

/** Waits until the room on the page is in this state. */
export async function roomIs(page: Page, state: string, withinMs = 15_000): Promise<void> {
  await page.locator(`[data-state="${state}"]`).first().waitFor({ timeout: withinMs });
}

/** The pixels of the first video on the page, small, as numbers; undefined while it has no picture. */
export function pixels(page: Page): Promise<number[] | undefined> {
  return page.evaluate(() => {
    const video = document.querySelector('video');
    if (!video || video.readyState < 2 || video.videoWidth === 0) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = 64;
    canvas.height = 36;
    const context = canvas.getContext('2d');
    if (!context) return undefined;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    return [...context.getImageData(0, 0, canvas.width, canvas.height).data];
  });
}

/** Whether the picture moves: two looks at it differ, and it is not one flat colour. */
export async function pictureMoves(page: Page): Promise<boolean> {
  const before = await pixels(page);
  if (!before || new Set(before).size < 20) return false;
  await page.waitForTimeout(400);
  const after = await pixels(page);
  return after?.some((value, index) => Math.abs(value - (before[index] ?? 0)) > 8) ?? false;
}

/** Whether a person sees the video: it is there, and nothing lies over it. */
export function pictureIsShown(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const video = document.querySelector('video');
    if (!video) return false;
    const { x, y, width, height } = video.getBoundingClientRect();
    return document.elementFromPoint(x + width / 2, y + height / 2) === video;
  });
}
