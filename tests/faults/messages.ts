import { MessageScrambler } from '../support/message-scrambler.ts';
import type { Fault } from './fault.ts';

/** Whole messages that come twice, late, and in another order: orders of signal, lease grants, acknowledgements. */
export const messageFaults: Fault[] = [
  {
    name: 'orders duplicated and reordered',
    async arm() {
      const scrambler = await MessageScrambler.start();
      return {
        options: { between: (signalUrl) => scrambler.before(signalUrl) },
        inject: () => scrambler.scramble(),
        end: () => scrambler.stopScrambling(),
        close: () => scrambler.close(),
      };
    },
  },
];
