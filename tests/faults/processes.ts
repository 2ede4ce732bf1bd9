import { busyFor, evaluate, inspectable } from '../support/inspector.ts';
import { childrenOf } from '../support/processes.ts';
import type { System } from '../support/system.ts';
import { type Fault, fault, partsOf } from './fault.ts';

const busyMs = 5_000;

/** Processes that are killed, frozen or too busy to answer. */
export const processFaults: Fault[] = [
  fault('nothing', () => undefined),
  fault(
    'signal killed -9',
    ({ signal }) => signal.kill('SIGKILL'),
    (system) => system.startSignal(),
  ),
  {
    ...fault(
      'signal frozen for 60 s',
      ({ signal }) => signal.kill('SIGSTOP'),
      ({ signal }) => signal.kill('SIGCONT'),
    ),
    lastsMs: 60_000,
  },
  busy('signal event loop busy for 5 s', ({ signal }) => signal),
  fault(
    'SFU Node killed -9',
    ({ sfu }) => sfu.kill('SIGKILL'),
    (system) => system.startSfu(),
  ),
  fault(
    'SFU Node frozen',
    ({ sfu }) => sfu.kill('SIGSTOP'),
    ({ sfu }) => sfu.kill('SIGCONT'),
  ),
  busy('SFU event loop busy for 5 s', ({ sfu }) => sfu),
  killing('media workers', 'mediasoup-worker'),
  freezing('media workers', (system) => partsOf(system, 'mediasoup-worker')),
  killing('guard', 'guard-process'),
  freezing('guard', (system) => partsOf(system, 'guard-process')),
  { ...freezing('the whole SFU (Node, guard, workers, ffmpeg)', everyPart), stopsTheSender: true },
  // Shorter than the lease: only the order, which waits for it, makes it dark.
  { ...freezing('the whole SFU', everyPart), name: 'the whole SFU frozen for 1 s', stopsTheSender: true, lastsMs: 1_000 },
];

/** @param command is in the command line of those parts of the SFU that are to be killed. */
export function killing(name: string, command: string): Fault {
  return fault(`${name} killed -9`, (system) => tell(partsOf(system, command), 'SIGKILL'));
}

/** @param find is asked once everybody watches, so that all are frozen at one instant. */
export function freezing(name: string, find: (system: System) => number[]): Fault {
  return {
    name: `${name} frozen`,
    arm() {
      let pids: number[] = [];
      return {
        ready: async (system) => {
          pids = find(system);
        },
        inject: () => tell(pids, 'SIGSTOP'),
        end: () => goOn(pids),
      };
    },
  };
}

function everyPart(system: System): number[] {
  return [system.sfu.pid, ...childrenOf(system.sfu.pid).map(({ pid }) => pid)];
}

function busy(name: string, of: (system: System) => System['signal']): Fault {
  return {
    name,
    arm: () => ({ options: { env: inspectable }, inject: (system) => evaluate(of(system), busyFor(busyMs)) }),
    lastsMs: busyMs,
  };
}

/** The first to go on may end the others at once, as the guard does. */
function goOn(pids: number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGCONT');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

function tell(pids: number[], signal: NodeJS.Signals): void {
  for (const pid of pids) process.kill(pid, signal);
}
