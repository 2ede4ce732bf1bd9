import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { BrowserScene } from '../support/browser-scene.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));

/** What devices do to links, and links to devices. */
describe('a device', () => {
  const scene = new BrowserScene();
  const says = (page: Page, words: RegExp) =>
    until(`it says ${words}`, async () => words.test((await page.locator('main').textContent()) ?? ''));

  test('without a link is told how to get one', async () => {
    const page = await scene.newPage();
    await page.goto(scene.system.url);
    await says(page, /link.*nursery/i);
    await page.screenshot({ path: `${shots}guardian-no-link.png` });
    await page.goto(`${scene.system.url}/staff`);
    await says(page, /link.*administers/i);
  });

  test('that keeps nothing does not use the link up, and says why', async () => {
    const link = await scene.system.link('guardian', { rooms: ['sunflowers'] });
    const forgetful = await scene.newPage();
    await forgetful.addInitScript(() => {
      IDBFactory.prototype.open = () => {
        throw new DOMException('The operation is insecure.', 'SecurityError');
      };
    });
    await useLink(forgetful, link);
    await says(forgetful, /ordinary window/);
    await forgetful.screenshot({ path: `${shots}guardian-private-window.png` });
    const ordinary = await scene.newPage();
    await useLink(ordinary, link);
    await roomIs(ordinary, 'live');
  });

  test('that only looks at a link leaves it good: an app’s own window shows the question, and hands the link on', async () => {
    const link = await scene.system.link('guardian', { rooms: ['sunflowers'] });
    const [inApp, usual] = [await scene.newPage(), await scene.newPage()];
    await inApp.goto(link);
    await says(inApp, /works once.*inside another app/i);
    expect(inApp.url()).not.toContain('invite');
    await inApp.screenshot({ path: `${shots}guardian-invited.png` });
    await inApp.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await inApp.locator('[data-action="copy-link"]').click();
    await says(inApp, /copied/i);
    await useLink(usual, await inApp.evaluate(() => navigator.clipboard.readText()));
    await roomIs(usual, 'live');
  });

  test('whose window lets nothing be copied shows the link, to be copied by hand', async () => {
    const link = await scene.system.link('guardian', { rooms: ['sunflowers'] });
    const page = await scene.newPage();
    await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.goto(link);
    await page.locator('[data-action="copy-link"]').click();
    expect(await page.getByLabel(/copy it from here/i).inputValue()).toBe(link);
    await page.screenshot({ path: `${shots}guardian-invited-no-clipboard.png` });
  });

  test('whose clock is two hours fast opens the link all the same', async () => {
    const page = await scene.newPage();
    await page.addInitScript(() => {
      const rightNow = Date.now;
      Date.now = () => rightNow() + 2 * 3_600_000;
    });
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
  });

  test('that cannot reach the nursery says so while it is set up, and goes on by itself', { timeout: 90_000 }, async () => {
    const page = await scene.newPage();
    await page.route('**/pass', (route) => route.abort('internetdisconnected'));
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await page.locator('[data-state="setting-up"]').waitFor();
    await says(page, /setting up this device.*stays good/i);
    await page.screenshot({ path: `${shots}guardian-setting-up.png` });
    await page.unroute('**/pass');
    await roomIs(page, 'live', 30_000);
  });

  test('is known again when it comes back, and knows nothing of another role’s link', async () => {
    const page = await scene.newPage();
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    await page.goto('about:blank');
    await page.goto(scene.system.url);
    await roomIs(page, 'live');
    const staffLink = await scene.system.link('staff');
    await page.goto(staffLink.replace('/staff#', '/#'));
    await page.locator('[data-action="use-new"]').click();
    await roomIs(page, 'live');
    const staff = await scene.newPage({ viewport: { width: 1000, height: 800 } });
    await useLink(staff, staffLink); // it was not used up by the wrong page
    await staff.locator('[data-action="cut-everyone"]').waitFor();
  });

  test('that shows a room is asked before the link of somebody else takes its place; the same link again is no question', async () => {
    const page = await scene.newPage();
    const first = await scene.system.link('guardian', { rooms: ['sunflowers'] });
    await useLink(page, first);
    await roomIs(page, 'live');
    const second = await scene.system.link('guardian', { rooms: ['bluebells'] });
    const shows = (room: string) => page.locator(`[data-action="leave"][data-room="${room}"]`).waitFor();
    await page.goto(second);
    await page.locator('[data-state="replacing"]').waitFor();
    expect(await page.locator('video').count()).toBe(0);
    await page.screenshot({ path: `${shots}guardian-replacing.png` });
    await page.locator('[data-action="keep-old"]').click();
    await shows('sunflowers');
    await page.goto(second); // it was not used up
    await page.locator('[data-action="use-new"]').click();
    await shows('bluebells');
    await roomIs(page, 'live');
    await page.reload();
    await shows('bluebells');
    for (const again of [second, first]) {
      await page.goto('about:blank');
      await page.goto(again);
      await roomIs(page, 'live');
      await shows('bluebells');
    }
  });

  test('whose access has ended takes a new link as one does that was never set up', async () => {
    const page = await scene.newPage();
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'], endsAt: Date.now() + 8_000 }));
    await says(page, /your access has ended/i);
    await useLink(page, await scene.system.link('guardian', { rooms: ['bluebells'] }));
    await roomIs(page, 'live');
  });

  test('that is lost is removed alone: it is dark at once, and the other one of the same guardian goes on', async () => {
    const lost = await scene.newPage();
    await useLink(lost, await scene.system.link('guardian', { rooms: ['sunflowers'], reference: 'C-7' }));
    await roomIs(lost, 'live');
    const staff = await scene.newPage({ viewport: { width: 1000, height: 800 } });
    await useLink(staff, await scene.system.link('staff'));
    await staff.locator('[data-place="guardian"]').click();
    const card = staff.locator('[data-person]', { hasText: 'C-7' });
    await card.locator('[data-action="invite-again"]').click();
    const other = await scene.newPage();
    await useLink(other, await staff.locator('[data-field="link"]').inputValue());
    await roomIs(other, 'live');
    await staff.locator('[data-action="done"]').click();
    await card.getByText('2 devices').waitFor();
    await card.locator('.devices summary').click();
    await staff.screenshot({ path: `${shots}staff-devices.png` });
    await card.locator('[data-action="remove-device"]').first().click();
    await card.locator('[data-action="confirm-remove"]').click();
    await says(lost, /your access has ended/i);
    expect(await lost.locator('video').count()).toBe(0);
    await card.getByText('1 device').waitFor();
    await until('the other one shows a picture that moves', () => pictureMoves(other));
  });

  test('of a guardian whose last day ends is told so, and shows nothing any more', async () => {
    const page = await scene.newPage();
    await useLink(page, await scene.system.link('guardian', { rooms: ['sunflowers'], endsAt: Date.now() + 12_000 }));
    await roomIs(page, 'live');
    await until(
      'it says so',
      async () => /your access has ended.*a time that is over/i.test((await page.locator('main').textContent()) ?? ''),
      20_000,
    );
    expect(await page.locator('video').count()).toBe(0);
  });

  test('of staff who administer finds one guardian among many by the code', async () => {
    for (let number = 100; number < 110; number += 1)
      await scene.system.link('guardian', { rooms: ['bluebells'], reference: `F-${number}` });
    const staff = await scene.newPage();
    await useLink(staff, await scene.system.link('staff'));
    await staff.locator('[data-place="guardian"]').click();
    await staff.getByLabel('Find by code').fill('f-105');
    await staff.locator('[data-person]', { hasText: 'F-105' }).waitFor();
    expect(await staff.locator('[data-person]').count()).toBe(1);
    await staff.getByLabel('Find by code').fill('F-999');
    await says(staff, /nobody has such a code/i);
  });

  test('of staff is invited with a right on the page, and is out at once when removed', async () => {
    const administering = await scene.newPage();
    await useLink(administering, await scene.system.link('staff'));
    await administering.locator('[data-place="staff"]').click();
    await administering.locator('[data-action="invite"]').click();
    await administering.locator('input[name="right"][value="cut"]').check();
    await administering.getByLabel(/your own code/i).fill('S-3');
    await administering.locator('[data-action="make-link"]').click();
    const cutting = await scene.newPage();
    await useLink(cutting, await administering.locator('[data-field="link"]').inputValue());
    await cutting.locator('[data-action="cut-everyone"]').waitFor();
    expect(await cutting.locator('[data-place]').count()).toBe(0);
    await administering.locator('[data-action="done"]').click();
    await administering.getByRole('button', { name: 'Remove S-3' }).click();
    await administering.locator('[data-action="confirm-remove"]').click();
    await says(cutting, /your access has ended/i);
    expect(await cutting.locator('[data-action^="cut-"]').count()).toBe(0);
  });

  test('of staff who may only see shows numbers; of those who may cut, buttons; and nothing of anybody’s access', async () => {
    const guardian = await scene.newPage();
    await useLink(guardian, await scene.system.link('guardian', { rooms: ['bluebells'] }));
    await roomIs(guardian, 'live');
    for (const right of ['observe', 'cut'] as const) {
      const staff = await scene.newPage({ viewport: { width: 1000, height: 800 } });
      await useLink(staff, await scene.system.link('staff', { right, rooms: [] }));
      await staff.locator('[data-room="bluebells"][data-state="open"] [data-viewers="1"]').waitFor();
      await staff.screenshot({ path: `${shots}staff-may-${right}.png` });
      expect(await staff.locator('[data-action^="cut-"]').count()).toBe(right === 'cut' ? 3 : 0);
      expect(await staff.locator('[data-place="guardian"]').count()).toBe(0);
      if (right === 'observe') await says(staff, /cutting takes a right/i);
    }
  });
});
