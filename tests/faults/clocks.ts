import { evaluate, inspectable, stepClock } from '../support/inspector.ts';
import type { Fault } from './fault.ts';

const hourMs = 3_600_000;

/** Wall clocks that are set while the process runs, as that process sees them. */
export const clockFaults: Fault[] = (['signal', 'sfu'] as const).flatMap((part) =>
  [
    { byMs: hourMs, direction: 'ahead' },
    { byMs: -hourMs, direction: 'back' },
  ].map(({ byMs, direction }) => ({
    name: `clock of ${part === 'sfu' ? 'the SFU' : part} steps 1 h ${direction}`,
    arm: () => ({ options: { env: inspectable }, inject: (system) => evaluate(system[part], stepClock(byMs)) }),
  })),
);
