import type { BenchOptions } from '../options.ts';
import { type Churn, type ChurnSizes, measureChurn } from './churn/churn.ts';
import { type Density, type DensitySizes, measureDensity } from './density/density.ts';
import { type Glass, measureGlass } from './glass/glass.ts';
import { type Joins, measureJoins } from './join/join.ts';

/** What is measured of Peekaboo alone: how long a join takes from afar, how old a picture is on the screen, how many families a machine carries, what coming and going leaves in memory. */
export const studyNames = ['join', 'glass', 'density', 'churn'] as const;
export type StudyName = (typeof studyNames)[number];
export type StudySizes = { join: { joins: number; rttMs: number }; glass: { watchMs: number }; density: DensitySizes; churn: ChurnSizes };

/** The figures of a study, and when they deserve doubt. */
export type Studies = { join?: Joins; glass?: Glass; density?: Density; churn?: Churn };

/** One after the other. One that fails says why, and has no figures. */
export async function runStudies({ studies, studySizes }: BenchOptions, say: (line: string) => void): Promise<Studies> {
  const done: Studies = {};
  const measure: { [Name in StudyName]: () => Promise<void> } = {
    join: async () => {
      done.join = await measureJoins(studySizes.join, say);
    },
    glass: async () => {
      done.glass = await measureGlass(studySizes.glass);
    },
    density: async () => {
      done.density = await measureDensity(studySizes.density, say);
    },
    churn: async () => {
      done.churn = await measureChurn(studySizes.churn, say);
    },
  };
  for (const name of studies) {
    say(name);
    await measure[name]().catch((error: Error) => say(`${name} failed: ${error.stack}`));
  }
  return done;
}
