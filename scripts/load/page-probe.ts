/* What the load tool has guardians' pages do, inside them: each function travels to the browser alone, as text. */

/** The frames that a page has rendered, by its own performance.now(). `worstMs` is the longest time between two of them. */
export type Rendered = {
  clickedAt: number;
  firstAt: number;
  lastAt: number;
  frames: number;
  freezes: number;
  worstMs: number;
  counting: boolean;
};
type ProbedWindow = Window & { rendered: Rendered };

/** Before the page's own scripts: counts every frame of every video that reaches the screen (`requestVideoFrameCallback`). */
export function countFrames(freezeMs: number): void {
  const rendered: Rendered = { clickedAt: 0, firstAt: 0, lastAt: 0, frames: 0, freezes: 0, worstMs: 0, counting: true };
  (window as unknown as ProbedWindow).rendered = rendered;
  const followed = new WeakSet<HTMLVideoElement>();
  const follow = (video: HTMLVideoElement) => {
    if (followed.has(video)) return;
    followed.add(video);
    const onFrame = () => {
      const now = performance.now();
      if (rendered.firstAt === 0) rendered.firstAt = now;
      else if (rendered.counting) {
        rendered.worstMs = Math.max(rendered.worstMs, now - rendered.lastAt);
        if (now - rendered.lastAt > freezeMs) rendered.freezes += 1;
      }
      rendered.lastAt = now;
      rendered.frames += 1;
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  };
  new MutationObserver(() => document.querySelectorAll('video').forEach(follow)).observe(document, { childList: true, subtree: true });
}

/** Clicks on a room, as a parent does. */
export function clickOn(room: string): void {
  const { rendered } = window as unknown as ProbedWindow;
  Object.assign(rendered, { firstAt: 0, lastAt: 0, frames: 0, freezes: 0, worstMs: 0, clickedAt: performance.now() });
  document.querySelector<HTMLButtonElement>(`[data-action="watch"][data-room="${room}"]`)?.click();
}

/** What was rendered so far. `timeOrigin`: when performance.now() was 0, by the clock on the wall as it is set now. @param settle whether freezes count no more from here on; a picture that stands still now counts as one that has so far. */
export function renderedSoFar({ settle, freezeMs }: { settle: boolean; freezeMs: number }): Rendered & { timeOrigin: number } {
  const { rendered } = window as unknown as ProbedWindow;
  const sinceMs = rendered.firstAt === 0 ? 0 : performance.now() - rendered.lastAt;
  if (settle && rendered.counting) {
    rendered.worstMs = Math.max(rendered.worstMs, sinceMs);
    if (sinceMs > freezeMs) rendered.freezes += 1;
    rendered.counting = false;
  }
  return { ...rendered, timeOrigin: Date.now() - performance.now() };
}
