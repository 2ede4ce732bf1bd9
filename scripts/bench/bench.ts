import { janusVersion } from './contenders/janus.ts';
import { type Floors, measureFloors } from './floors/measure-floors.ts';
import { judge, type Verdict } from './goals.ts';
import { type Machine, othersAtWork, thisMachine } from './machine.ts';
import type { BenchOptions, Sizes } from './options.ts';
import { type Result, resultOf } from './result.ts';
import { runRounds } from './rounds.ts';

/** A whole run: the content of `bench/latest.json`. */
export type Bench = {
  command: string;
  at: string;
  machine: Machine & { janus: string | undefined };
  sizes: Sizes;
  floors: Floors;
  result: Result;
  verdicts: Verdict[];
};

export async function runBench(options: BenchOptions, args: string[], say: (line: string) => void): Promise<Bench> {
  const at = new Date().toISOString();
  const machine = { ...thisMachine(), janus: janusVersion() };
  const others = await othersAtWork();
  say('floors');
  const floors = await measureFloors();
  const result = resultOf(await runRounds(options, say));
  result.doubts.unshift(...others);
  return { command: commandOf(args), at, machine, sizes: options.sizes, floors, result, verdicts: options.quick ? [] : judge(result) };
}

/** What somebody types for this run. */
export function commandOf(args: string[]): string {
  return ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' ');
}
