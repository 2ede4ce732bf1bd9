/* What the benchmark has a guardian's page do, inside it: the function travels to the browser alone, as text. */

/** A frame on the screen, in milliseconds since the Unix epoch: when it was taken, when its last packet came, and when it is shown. */
type Shown = { takenAt: number; receivedAt: number; shownAt: number };
/** `unread`: frames whose clock could not be read. */
type ClockRead = { frames: Shown[]; unread: number };
export type ClockWindow = Window & { clockRead: ClockRead };

/** Before the page's own scripts: reads the clock of `clock-camera.py` in every frame that reaches the screen. */
export function readClocks(): void {
  const [bits, block, range] = [20, 32, 2 ** 20];
  const clockRead: ClockRead = { frames: [], unread: 0 };
  (window as unknown as ClockWindow).clockRead = clockRead;
  const canvas = Object.assign(document.createElement('canvas'), { width: bits * block, height: 2 * block });
  const context = canvas.getContext('2d', { willReadFrequently: true });

  const clockIn = (video: HTMLVideoElement): number | undefined => {
    context?.drawImage(video, 0, 0);
    let value = 0;
    for (let bit = 0; bit < bits; bit += 1) {
      const [upper = 0, lower = 0] = [0.5, 1.5].map((row) => context?.getImageData((bit + 0.5) * block, row * block, 1, 1).data[0]);
      if (Math.abs(upper - lower) < 100) return undefined;
      value = value * 2 + Number(upper > lower);
    }
    return value;
  };
  const follow = (video: HTMLVideoElement) => {
    const onFrame: VideoFrameRequestCallback = (now, { expectedDisplayTime, receiveTime = now }) => {
      video.requestVideoFrameCallback(onFrame);
      const clock = clockIn(video);
      const readAt = Date.now();
      if (clock === undefined) {
        clockRead.unread += 1;
        return;
      }
      // Whatever is later: the browser's word for when it is on the screen, or when we had it in hand.
      const shownAt = Math.max(performance.timeOrigin + expectedDisplayTime, readAt);
      const takenAt = readAt - ((((readAt - clock) % range) + range) % range);
      clockRead.frames.push({ takenAt, receivedAt: performance.timeOrigin + receiveTime, shownAt });
    };
    video.requestVideoFrameCallback(onFrame);
  };
  const followed = new WeakSet<HTMLVideoElement>();
  new MutationObserver(() => {
    for (const video of document.querySelectorAll('video')) {
      if (followed.has(video)) continue;
      followed.add(video);
      follow(video);
    }
  }).observe(document, { childList: true, subtree: true });
}
