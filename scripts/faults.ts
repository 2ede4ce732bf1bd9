import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { faults } from '../tests/faults/faults.ts';
import { oneAtATime } from '../tests/faults/one-at-a-time.ts';
import { trial } from '../tests/faults/trial.ts';
import { type Verdict, verdict, type When, whens } from '../tests/faults/verdict.ts';
import { canCapture } from '../tests/support/capture.ts';
import { canMakeLinks } from '../tests/support/lossy-link.ts';
import { buildViewer } from './build-viewer.ts';

/*
 * `npm run faults [-- --runs N] [--jobs N] [--only TEXT]`: every fault before, during and after a cut, with a packet capture as
 * the judge. Prints a row as soon as its runs are done, and the whole table at the end; exit code 1 when a row is outside its bound.
 */

const limitMs = 45 * 60_000;
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
  trouble: string;
};

const startedAt = performance.now();
const lateness = monitorEventLoopDelay({ resolution: 1 });
lateness.enable();
const chosen = faults.filter(({ name }) => name.includes(values.only));
const rows = chosen.flatMap((fault) =>
  whens.map((when) => ({
    fault,
    row: { name: fault.name, when, left: Number(values.runs), done: 0, worst: undefined, trouble: '' } as Row,
  })),
);
const trials = Array.from({ length: Number(values.runs) }, (_, index) =>
  rows.map((each) => ({ ...each, faultFirst: index % 2 === 0 })),
).flat();
// The long ones first, so that none is left alone at the end; those that need the machine have it when all others are done.
const shared = trials.filter(({ fault }) => !fault.needsTheMachine).sort((a, b) => (b.fault.lastsMs ?? 0) - (a.fault.lastsMs ?? 0));
const alone = trials.filter(({ fault }) => fault.needsTheMachine);

const inTurn = oneAtATime();

for (const [queue, jobs] of [
  [shared, Number(values.jobs)],
  [alone, 1],
] as const) {
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      for (let next = queue.shift(); next; next = queue.shift()) await run(next);
    }),
  );
}

const failures = rows.filter(({ row }) => !isGood(row)).length;
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(0);
console.log(
  '\n| fault | when | last media packet, ms (most of the runs) | after the | bound, ms | runs | |\n|---|---|---|---|---|---|---|',
);
for (const { row } of rows) console.log(line(row));
console.log(`\n${failures === 0 ? 'Every row is inside its bound' : `${failures} rows are outside their bounds`}, in ${minutes} minutes.`);
console.log(`This program's own event loop was late by less than ${(lateness.percentile(99.9) / 1e6).toFixed(0)} ms 99.9 % of the time.`);
process.exit(failures === 0 ? 0 : 1);

async function run({ fault, row, faultFirst }: (typeof trials)[number]): Promise<void> {
  try {
    if (performance.now() - startedAt > limitMs) throw new Error('out of time');
    const found = verdict(fault, row.when, await trial(fault, row.when, inTurn, faultFirst));
    row.worst = row.worst && excess(row.worst) >= excess(found) ? row.worst : found;
    row.done += 1;
  } catch (error) {
    row.trouble = (error as Error).message.split('\n')[0] || 'failed';
  }
  row.left -= 1;
  if (row.left === 0) console.log(line(row));
}

function isGood({ trouble, worst }: Row): boolean {
  return trouble === '' && worst !== undefined && excess(worst) <= 0;
}

function excess({ lastMs, limitMs }: Verdict): number {
  return lastMs - limitMs;
}

function line(row: Row): string {
  const { name, when, worst, done, trouble } = row;
  const shown = worst ? `${worst.lastMs.toFixed(0)} | ${worst.after} | ${worst.limitMs}` : '| | ';
  return `| ${name} | ${when} | ${shown} | ${done} | ${isGood(row) ? 'pass' : `FAIL ${trouble}`} |`;
}
