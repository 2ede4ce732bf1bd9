import { readFileSync } from 'node:fs';
import { workerBin } from 'mediasoup';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, openPage, roomIs, useLink } from '../support/browser.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { RtspCamera } from '../support/rtsp-camera.ts';
import { System } from '../support/system.ts';

const login = { user: 'garden', password: 'secret' };
/** A worker that was downloaded ready-made has no keyframe at hand. */
const hasGroups = readFileSync(workerBin).includes('peekaboo: a picture begins with the last keyframe');

describe.skipIf(!hasGroups)('a page that shows a camera with a keyframe in ten seconds', () => {
  let rtsp: RtspCamera;
  let system: System;
  let browser: Browser;

  beforeAll(async () => {
    rtsp = await RtspCamera.start({ ...login, encoding: 'baseline', keyframeInterval: 150 });
    const source = { kind: 'rtsp', address: rtsp.address, username: login.user, passwordVariable: 'GATE_PASSWORD', sound: false };
    const config = nurseryConfig({ cameras: [{ id: 'gate', room: 'sunflowers', ...source }] });
    system = await System.start({ config, env: { GATE_PASSWORD: login.password } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await system?.stop();
    await rtsp?.stop();
  });

  test('has a picture at once, and does not lag behind afterwards', { timeout: 60_000 }, async () => {
    for (let times = 0; times < 4; times += 1) {
      const page = await openPage(browser, 'about:blank');
      await page.addInitScript(noteFrames);
      await useLink(page, await system.link('guardian', { rooms: ['sunflowers'] }));
      await roomIs(page, 'live');
      const firstMs = (await framesOf(page))[0]?.sinceOfferMs;
      console.log(`first frame ${firstMs?.toFixed(0)} ms after the offer`);
      expect(firstMs).toBeLessThan(1_000);
      await page.waitForFunction(() => (globalThis as unknown as Noting).frames.length > 45);
      const lags = (await framesOf(page)).slice(-15).map(({ lagMs }) => lagMs);
      expect(lags.toSorted((a, b) => a - b)[7]).toBeLessThan(150);
      await page.context().close();
    }
  });
});

/** When a frame was shown, after the offer came, and how long it had lain in the browser by then. */
type Frame = { sinceOfferMs: number; lagMs: number };
type Noting = { frames: Frame[] };

/** Runs in the page before its own code. */
function noteFrames(): void {
  const noting = globalThis as unknown as Noting;
  noting.frames = [];
  let offeredAt = 0;
  const original = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.setRemoteDescription = function (description: RTCSessionDescriptionInit) {
    offeredAt ||= performance.now();
    return Reflect.apply(original, this, [description]);
  };
  const looking = setInterval(() => {
    const video = document.querySelector('video');
    if (!video) return;
    clearInterval(looking);
    const shown: VideoFrameRequestCallback = (now, { receiveTime = now, expectedDisplayTime }) => {
      noting.frames.push({ sinceOfferMs: now - offeredAt, lagMs: expectedDisplayTime - receiveTime });
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }, 5);
}

function framesOf(page: Page): Promise<Frame[]> {
  return page.evaluate(() => (globalThis as unknown as Noting).frames);
}
