import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { type ContenderName, contenderNames } from './contenders/contender.ts';
import { type StudyName, type StudySizes, studyNames } from './studies/study.ts';

/** How many watch at each stage of a turn, and how long each is watched. */
export type Sizes = {
  few: number;
  many: number;
  more: number;
  most: number;
  /** So many come at once, to where some watch already; before that, a quarter of them. */
  storm: number;
  manyWithinMs: number;
  watchMs: number;
};

export type BenchOptions = {
  rounds: number;
  only: ContenderName[];
  sizes: Sizes;
  studies: StudyName[];
  studySizes: StudySizes;
  quick: boolean;
  json: boolean;
};

/** Churn takes longer than all the rest. */
const byDefault = [...contenderNames, 'join', 'glass', 'density'];

const whole: Sizes = { few: 10, many: 100, more: 200, most: 300, storm: 300, manyWithinMs: 10_000, watchMs: 10_000 };
/** So few that no figure means anything: to see that it works. */
const quick: Sizes = { few: 2, many: 4, more: 4, most: 4, storm: 4, manyWithinMs: 200, watchMs: 3_000 };

const wholeStudies: StudySizes = {
  join: { joins: 30, rttMs: 50 },
  glass: { watchMs: 30_000 },
  density: { families: 500, rooms: 5, kbps: 150, rampMs: 30_000, holdMs: 60_000 },
  churn: { warmUp: 2_000, cycles: 10_000, families: 50, visits: 20 },
};
const quickStudies: StudySizes = {
  join: { joins: 2, rttMs: 50 },
  glass: { watchMs: 4_000 },
  density: { families: 4, rooms: 2, kbps: 150, rampMs: 1_000, holdMs: 3_000 },
  churn: { warmUp: 4, cycles: 4, families: 2, visits: 2 },
};

const usage = `usage: npm run bench -- [--rounds N] [--only ${[...contenderNames, ...studyNames].join(',')}] [--quick] [--json]`;

/** @throws StartError that names the mistake. */
export function readOptions(args: string[]): BenchOptions {
  const flag = { type: 'boolean', default: false } as const;
  try {
    const options = {
      rounds: { type: 'string' },
      only: { type: 'string', default: byDefault.join(',') },
      quick: flag,
      json: flag,
    } as const;
    const { values } = parseArgs({ args, options });
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
    if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: write a whole number from 1 on`);
    const names = values.only.split(',');
    const unknown = names.find((name) => ![...contenderNames, ...studyNames].some((each) => each === name));
    if (unknown !== undefined)
      throw new Error(
        `--only ${unknown}: there is no such contender (${contenderNames.join(', ')}) and no such study (${studyNames.join(', ')})`,
      );
    return {
      ...{ rounds, quick: values.quick, json: values.json },
      ...{ only: contenderNames.filter((name) => names.includes(name)), sizes: values.quick ? quick : whole },
      ...{ studies: studyNames.filter((name) => names.includes(name)), studySizes: values.quick ? quickStudies : wholeStudies },
    };
  } catch (error) {
    throw new StartError(`${(error as Error).message}\n${usage}`);
  }
}
