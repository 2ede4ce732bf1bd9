import { cpus, release } from 'node:os';
import { version as mediasoup } from 'mediasoup';
import { janusVersion } from './contenders/janus.ts';
import { type Floors, measureFloors } from './floors/measure-floors.ts';
import { judge, type Verdict } from './goals.ts';
import type { BenchOptions, Sizes } from './options.ts';
import { type Result, resultOf } from './result.ts';
import { runRounds } from './rounds.ts';

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
  const [cpu, ...others] = cpus();
  const machine = {
    ...{ cpu: cpu?.model.trim() ?? 'unknown', cores: 1 + others.length, kernel: release() },
    ...{ node: process.versions.node, mediasoup, janus: janusVersion() },
  };
  say('floors');
  const floors = await measureFloors();
  const result = resultOf(await runRounds(options, say));
  const command = ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
  return { command, at, machine, sizes: options.sizes, floors, result, verdicts: options.quick ? [] : judge(result) };
}
