/** How the frames of one camera arrive; `blocked` is a browser that does not play before a tap. */
export type Motion = 'none' | 'moving' | 'stopped' | 'blocked';

/**
 * A picture without a new frame for this long has stopped, whatever else is known. Short, since it is all that takes the last
 * frame off the screen when nobody is left to say that the view was closed; longer than a frame of the slowest camera.
 */
const stoppedAfterMs = 2_000;

/**
 * Tells whether new frames reach this video element. Returns the function that ends it.
 * Two witnesses, since each alone is blind somewhere: frames shown (not told while the element is off the screen) and
 * frames counted by the element (polled). Firefox counts none there if they come from a connection, and tells of none shown before version 132: there it is
 * `framesDecoded`, the connection's own count. A page that was hidden comes back with a picture of whatever age: it
 * has none until there is a new one.
 */
export function watchMotion(video: HTMLVideoElement, framesDecoded: () => Promise<number>, tell: (motion: Motion) => void): () => void {
  let lastFrameAt: number | null = null;
  const tellsOfFrames = 'requestVideoFrameCallback' in video;
  let counted = 0;
  let decoded: number | null = 0;
  let request = 0;
  const frameSeen = () => {
    // A player that waits for a tap shows a first frame too; one whose tracks have ended shows a black one.
    if (document.hidden || video.paused || !isActive(video.srcObject)) return;
    lastFrameAt = performance.now();
    tell('moving');
  };
  const onFrame = () => {
    frameSeen();
    request = video.requestVideoFrameCallback(onFrame);
  };
  if (tellsOfFrames) request = video.requestVideoFrameCallback(onFrame);

  const seeDecoded = (now: number) => {
    if (decoded !== null && now > decoded) frameSeen();
    decoded = now;
  };
  const timer = setInterval(() => {
    if (document.hidden) return;
    const count = framesOf(video);
    if (count > counted) frameSeen();
    counted = count;
    if (!tellsOfFrames) void framesDecoded().then(seeDecoded, () => undefined);
    if (lastFrameAt !== null && performance.now() - lastFrameAt > stoppedAfterMs) tell('stopped');
  }, 250);
  const onVisibility = () => {
    if (document.hidden) return;
    counted = framesOf(video);
    decoded = null;
    lastFrameAt = null;
    tell('none');
  };
  document.addEventListener('visibilitychange', onVisibility);

  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisibility);
    video.cancelVideoFrameCallback?.(request);
  };
}

function framesOf(video: HTMLVideoElement): number {
  return video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
}

function isActive(source: HTMLVideoElement['srcObject']): boolean {
  return source instanceof MediaStream && source.active;
}
