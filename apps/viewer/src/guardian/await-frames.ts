import type { ReadonlySignal } from '@preact/signals';
import type { Camera } from './camera.ts';

const firstFrameWithinMs = 10_000;
/** Counted from the moment that the picture is seen to have stopped. */
const movesAgainWithinMs = 6_000;

/** Calls `onLost` once when frames that are due stay away for too long while somebody could be looking. */
export function awaitFrames(cameras: ReadonlySignal<readonly Camera[]>, due: () => boolean, onLost: () => void): { stop(): void } {
  let wellAt = performance.now();
  let moved = false;
  const timer = setInterval(() => {
    const motions = cameras.peek().map((camera) => camera.motion.peek());
    const moving = motions.includes('moving');
    moved ||= moving;
    if (moving || motions.includes('blocked') || document.hidden || !due()) {
      wellAt = performance.now();
    } else if (performance.now() - wellAt > (moved ? movesAgainWithinMs : firstFrameWithinMs)) {
      clearInterval(timer);
      onLost();
    }
  }, 500);
  return { stop: () => clearInterval(timer) };
}
