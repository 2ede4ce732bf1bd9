import { signal } from '@preact/signals';
import type { TimeFrame } from './words.ts';

const now = signal(Date.now());
// "Opens tomorrow" becomes "opens at" at midnight; half a minute late is soon enough.
setInterval(() => {
  now.value = Date.now();
}, 30_000);

/** Now, the nursery's time zone and this device's; a component that reads it is drawn again as time goes by. */
export function timeFrame(timeZone: string): TimeFrame {
  return { now: now.value, timeZone, hereZone: Intl.DateTimeFormat().resolvedOptions().timeZone };
}
