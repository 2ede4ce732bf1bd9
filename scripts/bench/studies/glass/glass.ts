import { setTimeout as delay } from 'node:timers/promises';
import { launchBrowser, openPage, roomIs, useLink } from '../../../../tests/support/browser.ts';
import { inviteGuardians } from '../../../load/invited.ts';
import { quantile } from '../../../load/quantile.ts';
import { startOwn } from '../../../load/target.ts';
import { startClockCamera } from './clock-camera.ts';
import { type ClockWindow, readClocks } from './read-clock.ts';

/** The browser knows its way by then. */
const settleMs = 5_000;

export type Glass = {
  frames: number;
  /** Of 30 that the camera makes; those whose clock could not be read, because they came too late to be drawn, do not count. */
  framesPerSecond: number;
  /** From a frame's being made in the camera to its being on Chromium's screen. */
  glassToGlassMs: { p50: number; p95: number; max: number };
  /** Of that, medians: to its last packet's arrival in the browser, and from there to the screen. */
  arrivedMs: number;
  inBrowserMs: number;
};

/** Shows a camera with a clock in its picture on a guardian's page in Chromium, and reads off the screen how old each frame is. */
export async function measureGlass({ watchMs }: { watchMs: number }): Promise<Glass> {
  await using closing = new AsyncDisposableStack();
  const camera = await startClockCamera();
  closing.defer(() => camera.stop());
  const cameras = [{ id: 'clock', room: 'room-1', kind: 'rtsp', address: camera.address, sound: false }];
  const target = await startOwn(1, { changes: { cameras } });
  closing.defer(() => target.stop());
  const invited = await inviteGuardians(target.config, target.url, 1);
  closing.defer(() => invited.end());
  const browser = await launchBrowser();
  closing.defer(() => browser.close());

  const page = await openPage(browser, 'about:blank');
  await page.addInitScript(readClocks);
  await useLink(page, invited.links[0] as string);
  await roomIs(page, 'live', 30_000);
  await delay(settleMs);
  await page.evaluate(() => {
    (window as unknown as ClockWindow).clockRead.frames = [];
  });
  await delay(watchMs);
  const { frames } = await page.evaluate(() => (window as unknown as ClockWindow).clockRead);
  const of = (value: (frame: (typeof frames)[number]) => number, share: number) => quantile(frames.map(value), share);
  if (frames.length === 0) throw new Error('no clock could be read off the screen');
  const age = ({ shownAt, takenAt }: (typeof frames)[number]) => shownAt - takenAt;
  return {
    frames: frames.length,
    framesPerSecond: frames.length / (watchMs / 1_000),
    glassToGlassMs: { p50: of(age, 0.5), p95: of(age, 0.95), max: of(age, 1) },
    arrivedMs: of(({ receivedAt, takenAt }) => receivedAt - takenAt, 0.5),
    inBrowserMs: of(({ shownAt, receivedAt }) => shownAt - receivedAt, 0.5),
  };
}
