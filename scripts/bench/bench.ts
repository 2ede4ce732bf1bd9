import { cpus, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { version as mediasoup } from 'mediasoup';
import { machineTimes } from '../load/usage.ts';
import { janusVersion } from './contenders/janus.ts';
import { type Floors, measureFloors } from './floors/measure-floors.ts';
import { judge, type Verdict } from './goals.ts';
import type { BenchOptions, Sizes } from './options.ts';
import { type Result, resultOf } from './result.ts';
import { runRounds } from './rounds.ts';

/** How long the machine is looked at before the run, and how much other work makes the figures doubtful. */
const lookForMs = 1_000;
const busyShare = 0.1;

/** A whole run: the content of `bench/latest.json`. */
export type Bench = {
  command: string;
  at: string;
  machine: { cpu: string; cores: number; kernel: string; node: string; mediasoup: string; janus: string | undefined };
  sizes: Sizes;
  floors: Floors;
  result: Result;
  verdicts: Verdict[];
};

export async function runBench(options: BenchOptions, args: string[], say: (line: string) => void): Promise<Bench> {
  const at = new Date().toISOString();
  const [cpu, ...otherCpus] = cpus();
  const machine = {
    ...{ cpu: cpu?.model.trim() ?? 'unknown', cores: 1 + otherCpus.length, kernel: release() },
    ...{ node: process.versions.node, mediasoup, janus: janusVersion() },
  };
  const others = await othersAtWork();
  say('floors');
  const floors = await measureFloors();
  const result = resultOf(await runRounds(options, say));
  result.doubts.unshift(...others);
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  return { command, at, machine, sizes: options.sizes, floors, result, verdicts: options.quick ? [] : judge(result) };
}

/** A sentence when the machine is at work before anything is started here. */
async function othersAtWork(): Promise<string[]> {
  const before = machineTimes();
  await delay(lookForMs);
  const after = machineTimes();
  const busy = 1 - (after.idle - before.idle) / Math.max(0.01, after.total - before.total);
  return busy > busyShare ? [`before the run, the machine was ${Math.round(busy * 100)} % busy with other work`] : [];
}
