import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, openPage, roomIs } from '../support/browser.ts';
import { audience, IdentityProvider } from '../support/identity-provider.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

let browser: Browser;
let provider: IdentityProvider;
let system: System;

beforeAll(async () => {
  browser = await launchBrowser();
  provider = await IdentityProvider.start({ peekaboo_rooms: ['sunflowers'] });
  const config = { ...nurseryConfig(), identityProvider: { issuer: provider.url, audience } };
  system = await System.start({ config, env: { PEEKABOO_JWKS_URL: provider.jwksUrl } });
});
afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await provider?.stop();
});

test('a page that is opened with a token of the nursery’s own provider shows the room, and the token is gone from the address', async () => {
  const token = await provider.token();
  const page = await openPage(browser, `${system.url}/#token=${token}`);
  await roomIs(page, 'live');
  expect(page.url()).not.toContain('token');
  await page.reload();
  await roomIs(page, 'live'); // known by its key alone

  const other = await openPage(browser, `${system.url}/#token=${token}`);
  await until('another browser is told that it was used', async () =>
    /used on another device/.test((await other.locator('body').textContent()) ?? ''),
  );
  // It may name somebody, so no browser keeps it, whether it was taken or not.
  for (const each of [page, other]) expect(await each.evaluate(kept)).not.toContain(token);
  await page.context().close();
  await other.context().close();
});

/** Everything in the page's database but keys, which nobody can read. Runs in the page. */
function kept(): Promise<string> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('keyval-store');
    opening.onerror = reject;
    opening.onsuccess = () => {
      const asking = opening.result.transaction('keyval').objectStore('keyval').getAll();
      asking.onsuccess = () => resolve(JSON.stringify(asking.result));
    };
  });
}
