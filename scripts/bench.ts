import { StartError } from '@peekaboo/shared/errors';
import { commandOf, runBench } from './bench/bench.ts';
import { contenderNames } from './bench/contenders/contender.ts';
import { janusVersion } from './bench/contenders/janus.ts';
import { keep } from './bench/keep.ts';
import { othersAtWork, thisMachine } from './bench/machine.ts';
import { missingOf } from './bench/missing.ts';
import { type BenchOptions, readOptions } from './bench/options.ts';
import { judgeStudy } from './bench/studies/judge-studies.ts';
import { runStudies, type Studies } from './bench/studies/study.ts';
import { tellStudy } from './bench/studies/tell-study.ts';
import { goalTable, tableOf } from './bench/table.ts';
import { rounded } from './load/report.ts';

/*
 * `npm run bench`: Peekaboo beside bare mediasoup, Janus and the floors of this machine, in turns; then what is measured of Peekaboo alone.
 * All contenders together replace bench/latest.json and its table in docs/performance.md, and each study its own; a quick run only prints.
 * Exit code 0 also when a goal is missed, 2 for a mistake in how it was called, 3 when the run itself failed or one of those chosen was not measured.
 */

const longestMs = 20 * 60_000;

/** Nothing is left running: what is started here ends with this process, or when it is told to. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
setTimeout(() => {
  console.error('the run took too long, and is given up');
  process.exit(3);
}, longestMs).unref();

try {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  const contenders = options.only.length > 0 ? await compare(options, args) : undefined;
  const studies = options.studies.length > 0 ? await study(options, args) : undefined;
  if (options.json) console.log(JSON.stringify(rounded({ ...contenders?.bench, studies: studies?.studies })));
  else console.log([contenders?.words, studies?.words].filter(Boolean).join('\n\n'));
  const missing = [
    ...missingOf(options.only, contenders?.bench.result, janusVersion() !== undefined),
    ...options.studies.filter((name) => !studies?.studies[name]),
  ];
  if (missing.length > 0) console.error(`peekaboo bench: not measured: ${missing.join(', ')}`);
  process.exit(missing.length > 0 ? 3 : 0);
} catch (error) {
  console.error(error instanceof StartError ? `peekaboo bench: ${error.message}` : error);
  process.exit(error instanceof StartError ? 2 : 3);
}

async function compare(options: BenchOptions, args: string[]) {
  const bench = await runBench(options, args, say);
  const words = tableOf(bench);
  if (!options.quick && contenderNames.every((name) => bench.result.contenders[name])) keep('latest', bench, words);
  else say('not all contenders: bench/latest.json and its table in docs/performance.md stay as they are');
  return { bench, words };
}

async function study(options: BenchOptions, args: string[]): Promise<{ studies: Studies; words: string }> {
  const at = new Date().toISOString();
  const [command, machine, others] = [commandOf(args), thisMachine(), await othersAtWork()];
  const studies = await runStudies(options, say);
  const told = options.studies.flatMap((name) => {
    if (!studies[name]) return [];
    const verdicts = options.quick ? [] : judgeStudy(name, studies);
    const head = `\`${command}\`, ${at.slice(0, 10)}, on ${machine.cores} x ${machine.cpu}, Node ${machine.node}${others.map((doubt) => `; ${doubt}`).join('')}.`;
    const goals = options.quick ? 'A quick run: no figure of it means anything.' : goalTable(verdicts).join('\n');
    const words = [head, '', ...tellStudy(name, studies), '', goals].join('\n');
    if (!options.quick) keep(name, { command, at, machine, doubts: others, figures: studies[name], verdicts }, words);
    return words;
  });
  return { studies, words: told.join('\n\n') };
}

function say(line: string): void {
  console.error(line);
}
