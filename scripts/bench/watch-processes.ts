import { setTimeout as delay } from 'node:timers/promises';
import { type ProcessName, Recorder, type Sample } from '../load/recorder.ts';
import type { Audience } from './audience.ts';
import type { Contender } from './contenders/contender.ts';

const server: ProcessName[] = ['signal', 'sfu', 'worker', 'guard'];
/** The first samples begin before each part of the audience has said how much it got. */
const leaveOut = 2;

/** Means over a time in which nobody came or left. `worker` is what forwards media, `server` all of it but ffmpeg. */
export type Seen = {
  packetsPerSecond: number;
  workerCores: number;
  serverCores: number;
  workerMb: number;
  serverMb: number;
  /** Share of all cores that was left. */
  idle: number;
  /** How late the event loops of the viewers were, the worst second. */
  lagMs: number;
};

/** Watches the contender's processes for so long, while these watch. */
export async function watchProcesses(contender: Contender, audiences: Audience[], forMs: number): Promise<Seen> {
  const generator = audiences.flatMap(({ pids }) => pids);
  const recorder = new Recorder(
    { system: contender.processes, generator, browsers: () => [] },
    performance.timeOrigin + performance.now(),
    () => undefined,
  );
  let process = 0;
  for (const audience of audiences) {
    const first = process;
    process += audience.pids.length;
    audience.onSample = (sample, from) => recorder.note(first + from, sample);
  }
  await delay(forMs + leaveOut * 1_000 + 500); // the last sample is there, then
  recorder.stop();
  const samples = recorder.samples.slice(leaveOut);
  const mean = (value: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + value(sample), 0) / samples.length;
  const total = (what: 'cores' | 'rssMb', names: ProcessName[]) =>
    mean((sample) => names.reduce((sum, name) => sum + sample[what][name], 0));
  return {
    packetsPerSecond: mean((sample) => sample.packetsPerSecond),
    ...{ workerCores: total('cores', ['worker']), serverCores: total('cores', server) },
    ...{ workerMb: total('rssMb', ['worker']), serverMb: total('rssMb', server) },
    idle: mean((sample) => sample.idle),
    lagMs: Math.max(...samples.map((sample) => sample.lagMs)),
  };
}
