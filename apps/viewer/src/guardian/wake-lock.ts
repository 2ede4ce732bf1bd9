import { effect, type ReadonlySignal } from '@preact/signals';

/** Keeps the screen on while `wanted`, where the browser can. The browser lets go by itself whenever the page is hidden. */
export function keepAwake(wanted: ReadonlySignal<boolean>): void {
  let lock: WakeLockSentinel | null = null;
  let asking = false;

  const follow = async () => {
    if (!wanted.peek()) {
      void lock?.release().catch(() => {});
      lock = null;
    } else if (!asking && !document.hidden && 'wakeLock' in navigator && (lock === null || lock.released)) {
      asking = true;
      lock = await navigator.wakeLock.request('screen').catch(() => null);
      asking = false;
      if (!wanted.peek()) void follow();
    }
  };
  effect(() => {
    wanted.value;
    void follow();
  });
  document.addEventListener('visibilitychange', () => void follow());
}
