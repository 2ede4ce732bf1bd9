import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, pictureMoves, roomIs, useLink } from '../support/browser.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { type Encoding, RtspCamera } from '../support/rtsp-camera.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const shots = fileURLToPath(new URL('../.artifacts/', import.meta.url));
const login = { user: 'garden', password: 'secret' };

describe('a page that shows a camera whose profile of H.264', () => {
  let browser: Browser;
  const started: { stop(): Promise<void> }[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterEach(async () => {
    for (const each of started.splice(0).reverse()) await each.stop();
  });
  afterAll(() => browser?.close());

  const open = async (encoding: Encoding, beforehand: (page: Page) => Promise<void> = async () => {}) => {
    const rtsp = await RtspCamera.start({ ...login, encoding });
    started.push(rtsp);
    const source = { kind: 'rtsp', address: rtsp.address, username: login.user, passwordVariable: 'GATE_PASSWORD', sound: false };
    const config = nurseryConfig({ cameras: [{ id: 'gate', room: 'sunflowers', ...source }] });
    const system = await System.start({ config, env: { GATE_PASSWORD: login.password } });
    started.push(system);
    const page = await openPage(browser, 'about:blank');
    started.push({ stop: () => page.context().close() });
    await beforehand(page);
    await useLink(page, await system.link('guardian', { rooms: ['sunflowers'] }));
    return page;
  };

  test.for<Encoding>(['baseline', 'main', 'high'])('is %s has a picture', async (encoding) => {
    const page = await open(encoding);
    await roomIs(page, 'live');
    await until('the picture moves', () => pictureMoves(page));
  });

  test('no decoder here knows is refused in words, and is never called live', async () => {
    const states: string[] = [];
    const page = await open('baseline', async (blank) => {
      await blank.exposeFunction('noteState', (state: string) => states.push(state));
      await blank.addInitScript(withoutH264);
    });
    await roomIs(page, 'refused');
    expect(await page.locator('main').textContent()).toMatch(/cannot show the camera’s video.*Firefox.*OpenH264/);
    await page.screenshot({ path: `${shots}guardian-no-codec.png` });
    await until('it was tried again', () => states.filter((state) => state === 'refused').length > 1, 20_000);
    expect(states).not.toContain('live');
  });
});

/** Runs in the page before its own code: this browser turns H.264 down, and each state that the page shows is noted. */
function withoutH264(): void {
  type Take = (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void>;
  const original = RTCPeerConnection.prototype.setRemoteDescription as Take;
  const take: Take = function ({ type, sdp }) {
    return original.call(this, { type, ...(sdp !== undefined && { sdp: sdp.replaceAll('H264', 'H26X') }) });
  };
  RTCPeerConnection.prototype.setRemoteDescription = take as typeof RTCPeerConnection.prototype.setRemoteDescription;
  const { noteState } = globalThis as unknown as { noteState(state: string | undefined): void };
  new MutationObserver((changes) => {
    for (const { target } of changes) if (target instanceof HTMLElement && target.matches('.room')) noteState(target.dataset.state);
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-state'] });
}
