import { cameraFaults } from './cameras.ts';
import { clockFaults } from './clocks.ts';
import { crowdFaults } from './crowds.ts';
import { deployFaults } from './deploys.ts';
import type { Fault } from './fault.ts';
import { messageFaults } from './messages.ts';
import { networkFaults } from './network.ts';
import { processFaults } from './processes.ts';
import { storeFaults } from './stores.ts';

/** Everything that is made to happen before, during and after a cut. */
export const faults: Fault[] = [
  ...processFaults,
  ...clockFaults,
  ...networkFaults,
  ...messageFaults,
  ...storeFaults,
  ...cameraFaults,
  ...deployFaults,
  ...crowdFaults,
];
