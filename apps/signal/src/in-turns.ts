import { setImmediate } from 'node:timers/promises';

/** For so long at a stretch. */
const stretchMs = 2;

/** Does this work for each of many; whatever else waits has its turn in between, such as an SFU's answer to a cut. */
export async function inTurns<T>(many: Iterable<T>, work: (each: T) => void): Promise<void> {
  let until = performance.now() + stretchMs;
  for (const each of many) {
    work(each);
    if (performance.now() < until) continue;
    await setImmediate();
    until = performance.now() + stretchMs;
  }
}
