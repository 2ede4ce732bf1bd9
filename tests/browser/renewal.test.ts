import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, phone, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const validForMs = 16_000;
/** The answer to a renewal, as Socket.IO writes it. */
const renewed = /^43\/guardian,(\d+)\[\{"ok":true,"value":\{"pass"/;

describe('a page whose pass is being renewed', () => {
  let system: System;
  let browser: Browser;
  beforeAll(async () => {
    const config = { ...nurseryConfig(), periods: { pass: { validForMs } } };
    [system, browser] = await Promise.all([System.start({ config }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
  });

  /** A page that shows the room, and what becomes of the first answer to a renewal on its way. */
  const watchingPage = async (first: (ask: string) => string | undefined) => {
    const page = await (await browser.newContext({ viewport: phone })).newPage();
    const seen = { connections: 0, met: false };
    await page.routeWebSocket(/socket\.io/, (socket) => {
      seen.connections += 1;
      const server = socket.connectToServer();
      server.onMessage((message) => {
        const [, ask] = renewed.exec(String(message)) ?? [];
        const instead = ask === undefined || seen.met ? message : first(ask);
        if (ask !== undefined) seen.met = true;
        if (instead !== undefined) socket.send(instead);
      });
    });
    await useLink(page, await system.link('guardian', { rooms: ['sunflowers'] }));
    await roomIs(page, 'live');
    return { page, seen };
  };

  test('keeps its picture when the answer is lost, and nobody is suspected of anything', { timeout: 90_000 }, async () => {
    const { page, seen } = await watchingPage(() => undefined);
    const began = performance.now();
    while (performance.now() - began < 2 * validForMs) {
      expect(await page.locator('[data-state="live"]').count()).toBeGreaterThan(0);
      await page.waitForTimeout(200);
    }
    expect(seen).toEqual({ connections: 1, met: true });
    await until('the picture moves', () => pictureMoves(page));
    await page.context().close();
    expect(readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8')).not.toContain('"pass.refused"');
  });

  test('connects anew at once when it is refused for its proof', { timeout: 90_000 }, async () => {
    const refusal = { ok: false, error: { code: 'PROOF_INVALID', remedy: 'a test' } };
    const { page, seen } = await watchingPage((ask) => `43/guardian,${ask}[${JSON.stringify(refusal)}]`);
    await until('it was refused', () => seen.met, validForMs);
    await until('it has connected anew', () => seen.connections === 2, 3_000);
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
    await page.context().close();
  });
});
