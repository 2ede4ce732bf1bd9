import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Fault } from '../tests/faults/fault.ts';
import { faults } from '../tests/faults/faults.ts';
import { fewAtATime } from '../tests/faults/few-at-a-time.ts';
import { ProvesNothing, type Reached, trial } from '../tests/faults/trial.ts';
import { excess, type Verdict, verdict, type When, whens } from '../tests/faults/verdict.ts';
import { canCapture } from '../tests/support/capture.ts';
import { canMakeLinks } from '../tests/support/lossy-link.ts';
import { buildViewer } from './build-viewer.ts';

/*
 * `npm run faults [-- --runs N] [--jobs N] [--only TEXT]`: every fault before, during and after a cut, with a packet capture as
 * the judge. Prints a row as soon as its runs are done, and the whole table at the end; exit code 1 when a row is outside its bound.
 */

const limitMs = 45 * 60_000;
/** Trials that last longer only wait, and so take places of their own, beside the others. */
const longMs = 10_000;
const longJobs = 2;
const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    jobs: { type: 'string', default: '4' }, // as many systems side by side; docs/operations.md says why not more
    only: { type: 'string', default: '' },
  },
});
if (!canCapture() || !canMakeLinks) {
  console.error('peekaboo faults: packets cannot be captured or networks made here; it takes tcpdump, ip, Linux, and root');
  process.exit(2);
}
await buildViewer();

type Row = {
  name: string;
  when: When;
  left: number;
  done: number;
  worst: Verdict | undefined;
  /** In how many of the runs the cut had come so far when the fault came. */
  reached: Record<keyof Reached, number>;
  trouble: string;
};

const startedAt = performance.now();
const chosen = faults.filter(({ name }) => name.includes(values.only));
const rows = chosen.flatMap((fault) =>
  whens.map((when) => ({
    fault,
    row: {
      name: fault.name,
      when,
      left: Number(values.runs),
      done: 0,
      worst: undefined,
      reached: { ledger: 0, sfu: 0 },
      trouble: '',
    } as Row,
  })),
);
const trials = Array.from({ length: Number(values.runs) }, (_, index) =>
  rows.map((each) => ({ ...each, orderFirst: index % 2 === 0 })),
).flat();
const isLong = ({ fault }: (typeof trials)[number]) => (fault.lastsMs ?? 0) > longMs;
const alone = trials.filter(({ fault }) => fault.needsTheMachine);
const long = trials.filter(isLong);
const shared = trials.filter((each) => !alone.includes(each) && !long.includes(each));

// Two systems start at once: much of that is waiting for the camera's first picture, and more would be felt by those on trial.
const inTurn = fewAtATime(2);
const workOff = (queue: typeof trials, jobs: number) =>
  Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await run(next);
    }),
  );

await Promise.all([workOff(shared, Number(values.jobs)), workOff(long, longJobs)]);
await workOff(alone, 1);

const failures = rows.filter(({ row }) => !isGood(row)).length;
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0);
console.log(
  '\n| fault | when | last media packet, ms (most of the runs) | after the | bound, ms | runs | with the cut in the ledger, carried out | |\n|---|---|---|---|---|---|---|---|',
);
for (const { row } of rows) console.log(line(row));
console.log(`\n${failures === 0 ? 'Every row is inside its bound' : `${failures} rows are outside their bounds`}, in ${minutes} minutes.`);
console.log(`The load average of the machine is ${loadavg()[2]?.toFixed(0)}, over the last 15 minutes.`);
process.exit(failures === 0 ? 0 : 1);

async function run({ fault, row, orderFirst }: (typeof trials)[number]): Promise<void> {
  try {
    if (performance.now() - startedAt > limitMs) throw new Error('out of time');
    const { reached, ...seen } = await provingTrial(fault, row, orderFirst);
    const found = verdict(fault, row.when, seen);
    row.worst = row.worst && excess(row.worst) >= excess(found) ? row.worst : found;
    row.done += 1;
    row.reached.ledger += Number(reached.ledger);
    row.reached.sfu += Number(reached.sfu);
  } catch (error) {
    const { message } = error as Error;
    row.trouble = message.split('\n')[0] || 'failed';
    console.error(`${row.name}, ${row.when}: ${message}`);
  }
  row.left -= 1;
  if (row.left === 0) console.log(line(row));
}

/** A trial that proves nothing is made again, twice at most. */
async function provingTrial(fault: Fault, { name, when }: Row, orderFirst: boolean): ReturnType<typeof trial> {
  for (let again = 0; ; again += 1) {
    try {
      return await trial(fault, when, inTurn, orderFirst);
    } catch (error) {
      if (!(error instanceof ProvesNothing) || again === 2) throw error;
      console.error(`${name}, ${when}: made again, for ${error.message}`);
    }
  }
}

function isGood({ trouble, worst }: Row): boolean {
  return trouble === '' && worst !== undefined && excess(worst) <= 0;
}

function line(row: Row): string {
  const { name, when, worst, done, reached, trouble } = row;
  const shown = worst ? `${worst.lastMs.toFixed(0)} | ${worst.after} | ${worst.limitMs}` : '| | ';
  return `| ${name} | ${when} | ${shown} | ${done} | ${reached.ledger}, ${reached.sfu} | ${isGood(row) ? 'pass' : `FAIL ${trouble}`} |`;
}
