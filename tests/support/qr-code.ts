import type { Browser, Locator } from 'playwright-core';
import decodeQR from 'qr/decode.js';

/** Reads a QR code off the screen, as a phone's camera would. */
export async function readQrCode(browser: Browser, code: Locator): Promise<string> {
  const png = (await code.screenshot()).toString('base64');
  const page = await browser.newPage();
  const { width, height, data } = await page.evaluate(async (base64) => {
    const picture = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const context = new OffscreenCanvas(picture.width, picture.height).getContext('2d');
    if (!context) throw new Error('no canvas');
    context.drawImage(picture, 0, 0);
    return { width: picture.width, height: picture.height, data: [...context.getImageData(0, 0, picture.width, picture.height).data] };
  }, png);
  await page.context().close();
  return decodeQR({ width, height, data: Uint8Array.from(data) });
}
