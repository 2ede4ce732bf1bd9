import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { type ContenderName, contenderNames } from './contenders/contender.ts';

/** How many watch at each stage of a turn, and how long each is watched. */
export type Sizes = {
  few: number;
  many: number;
  more: number;
  most: number;
  /** So many come at once, to where some watch already. */
  storm: number;
  manyWithinMs: number;
  watchMs: number;
};

export type BenchOptions = { rounds: number; only: ContenderName[]; sizes: Sizes; quick: boolean; json: boolean };

const whole: Sizes = { few: 10, many: 100, more: 200, most: 300, storm: 300, manyWithinMs: 10_000, watchMs: 10_000 };
/** So few that no figure means anything: to see that it works. */
const quick: Sizes = { few: 2, many: 4, more: 4, most: 4, storm: 4, manyWithinMs: 200, watchMs: 3_000 };

const usage = `usage: npm run bench -- [--rounds N] [--only ${contenderNames.join(',')}] [--quick] [--json]`;

/** @throws StartError that names the mistake. */
export function readOptions(args: string[]): BenchOptions {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = {
      rounds: { type: 'string' },
      only: { type: 'string', default: contenderNames.join(',') },
      quick: flag,
      json: flag,
    } as const;
    const { values } = parseArgs({ args, options });
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: write a whole number from 1 on`);
    const only = values.only.split(',').map((name) => {
      const known = contenderNames.find((each) => each === name);
      if (!known) throw new Error(`--only ${name}: there is no such contender`);
      return known;
    });
    return { rounds, only, sizes: values.quick ? quick : whole, quick: values.quick, json: values.json };
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`);
  }
}
