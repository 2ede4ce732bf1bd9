import { type Fate, LossyLink } from '../support/lossy-link.ts';
import type { Fault } from './fault.ts';

/** The line between signal and the SFU loses, delays and reorders packets; nothing is closed. Media takes another line. */
export const networkFaults: Fault[] = [
  onTheLine('link signal-SFU black-holed', { toSfu: { loss: 1 }, toSignal: { loss: 1 } }),
  onTheLine('packets from signal to the SFU lost', { toSfu: { loss: 1 } }),
  onTheLine('packets from the SFU to signal lost', { toSignal: { loss: 1 } }),
  onTheLine('30 % loss, 500 ms jitter', { toSfu: { loss: 0.3, jitterMs: 500 }, toSignal: { loss: 0.3, jitterMs: 500 } }),
];

function onTheLine(name: string, fates: { toSfu?: Fate; toSignal?: Fate }): Fault {
  return {
    name,
    async arm() {
      const link = await LossyLink.start();
      return { options: { link }, inject: () => link.set(fates), end: () => link.set({}), close: () => link.close() };
    },
  };
}
