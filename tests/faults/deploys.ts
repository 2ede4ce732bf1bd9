import type { System } from '../support/system.ts';
import type { Fault } from './fault.ts';

/** What an operator does on an ordinary day. */
export const deployFaults: Fault[] = [
  {
    name: 'deploy: signal, then the SFU, stopped and started again',
    arm() {
      let deployed: Promise<void> = Promise.resolve();
      return {
        inject: (system) => {
          deployed = deploy(system);
          deployed.catch(() => undefined); // awaited at the end
        },
        end: () => deployed,
      };
    },
  },
];

async function deploy(system: System): Promise<void> {
  await system.signal.stop();
  await system.startSignal();
  await system.sfu.stop();
  await system.startSfu();
}
