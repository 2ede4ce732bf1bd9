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
 * frames decoded (polled, for browsers without requestVideoFrameCallback).
 */
export function watchMotion(video: HTMLVideoElement, tell: (motion: Motion) => void): () => void {
  let lastFrameAt: number | null = null;
  let framesDecoded = 0;
  let request = 0;
  const frameSeen = () => {
    // A player that waits for a tap shows a first frame too; one whose tracks have ended shows a black one.
    if (video.paused || !isActive(video.srcObject)) return;
    lastFrameAt = performance.now();
    tell('moving');
  };
  const onFrame = () => {
    frameSeen();
    request = video.requestVideoFrameCallback(onFrame);
  };
  if ('requestVideoFrameCallback' in video) request = video.requestVideoFrameCallback(onFrame);

  const timer = setInterval(() => {
    const decoded = video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0;
    if (decoded > framesDecoded) frameSeen();
    framesDecoded = decoded;
    if (lastFrameAt === null) return;
    // A hidden page is shown no frames; when it comes back it has the full time to see one.
    if (document.hidden) lastFrameAt = performance.now();
    else if (performance.now() - lastFrameAt > stoppedAfterMs) tell('stopped');
  }, 250);

  return () => {
    clearInterval(timer);
    video.cancelVideoFrameCallback?.(request);
  };
}

function isActive(source: HTMLVideoElement['srcObject']): boolean {
  return source instanceof MediaStream && source.active;
}
