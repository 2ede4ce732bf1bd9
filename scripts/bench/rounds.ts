import { startBare } from './contenders/bare.ts';
import { type ContenderName, contenderNames } from './contenders/contender.ts';
import { janusVersion, startJanus } from './contenders/janus.ts';
import { startPeekaboo } from './contenders/peekaboo.ts';
import type { BenchOptions } from './options.ts';
import { type Turn, takeTurn } from './turn.ts';

/** No further turn is begun after this: what is measured of Peekaboo alone needs its time, too. */
const begunWithinMs = 14 * 60_000;

const start = {
  peekaboo: startPeekaboo,
  bare: () => startBare({ untuned: false }),
  bareUntuned: () => startBare({ untuned: true }),
  janus: startJanus,
};

/** A storm is for those two that are joined in the same way; only ours keeps those out who come after a cut. */
const stages = { peekaboo: 'all', bare: 'storm', bareUntuned: 'cost', janus: 'cuts' } as const;

/** What each contender did in one round. */
export type Round = Partial<Record<ContenderName, Turn>>;

/** The contenders take turns, each round beginning with another one, so that what happens to the machine meanwhile happens to all. */
export async function runRounds({ rounds, only, sizes }: BenchOptions, say: (line: string) => void): Promise<Round[]> {
  const contenders = contenderNames.filter((name) => only.includes(name) && isHere(name, say));
  const begunAt = performance.now();
  const done: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const results: Round = {};
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const name = contenders[(round + turn) % contenders.length] as ContenderName;
      if (performance.now() - begunAt > begunWithinMs) {
        say(`round ${round + 1}: ${name} is left out, the time is over`);
        continue;
      }
      say(`round ${round + 1} of ${rounds}: ${name}`);
      try {
        results[name] = await takeTurn(start[name], sizes, stages[name]);
      } catch (error) {
        say(`round ${round + 1}: ${name} failed: ${(error as Error).stack}`);
      }
    }
    done.push(results);
  }
  return done;
}

function isHere(name: ContenderName, say: (line: string) => void): boolean {
  if (name !== 'janus' || janusVersion() !== undefined) return true;
  say('janus is not installed and is left out; on Debian: apt-get install janus');
  return false;
}
