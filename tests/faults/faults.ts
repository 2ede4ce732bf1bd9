import { busyFor, evaluate, stepClock } from '../support/inspector.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import type { System } from '../support/system.ts';

/** Something that breaks, and how it comes back if it does. */
export type Fault = {
  name: string;
  inject: (system: System) => Promise<void> | void;
  /** Ends the fault, where it can end: a frozen process goes on. */
  end?: (system: System) => void;
};

const hourMs = 3_600_000;

/** Every fault of one machine with SQLite. */
export const faults: Fault[] = [
  { name: 'nothing', inject: () => undefined },
  { name: 'signal killed -9', inject: ({ signal }) => signal.kill('SIGKILL') },
  { name: 'signal frozen', inject: ({ signal }) => signal.kill('SIGSTOP'), end: ({ signal }) => signal.kill('SIGCONT') },
  { name: 'signal event loop busy 5 s', inject: ({ signal }) => evaluate(signal, busyFor(5_000)) },
  { name: 'sfu Node killed -9', inject: ({ sfu }) => sfu.kill('SIGKILL') },
  { name: 'sfu Node frozen', inject: ({ sfu }) => sfu.kill('SIGSTOP'), end: ({ sfu }) => sfu.kill('SIGCONT') },
  { name: 'sfu event loop busy 5 s', inject: ({ sfu }) => evaluate(sfu, busyFor(5_000)) },
  { name: 'media workers killed -9', inject: (system) => each(system, 'mediasoup-worker', 'SIGKILL') },
  ...freezing('media workers', 'mediasoup-worker'),
  { name: 'guard killed -9', inject: (system) => each(system, 'guard-process', 'SIGKILL') },
  ...freezing('guard', 'guard-process'),
  { name: 'ffmpeg killed -9', inject: (system) => each(system, 'ffmpeg', 'SIGKILL') },
  ...freezing('ffmpeg', 'ffmpeg'),
  { name: 'clock of signal steps 1 h ahead', inject: ({ signal }) => evaluate(signal, stepClock(hourMs)) },
  { name: 'clock of signal steps 1 h back', inject: ({ signal }) => evaluate(signal, stepClock(-hourMs)) },
  { name: 'clock of the SFU steps 1 h ahead', inject: ({ sfu }) => evaluate(sfu, stepClock(hourMs)) },
  { name: 'clock of the SFU steps 1 h back', inject: ({ sfu }) => evaluate(sfu, stepClock(-hourMs)) },
];

function freezing(name: string, command: string): Fault[] {
  let frozen: number[] = [];
  return [
    {
      name: `${name} frozen`,
      inject: (system) => {
        frozen = each(system, command, 'SIGSTOP');
      },
      end: () => {
        for (const pid of frozen) if (isAlive(pid)) process.kill(pid, 'SIGCONT');
      },
    },
  ];
}

function each(system: System, command: string, signal: NodeJS.Signals): number[] {
  const pids = childrenOf(system.sfu.pid)
    .filter((child) => child.command.includes(command))
    .map(({ pid }) => pid);
  if (pids.length === 0) throw new Error(`no ${command} is running`);
  for (const pid of pids) process.kill(pid, signal);
  return pids;
}
