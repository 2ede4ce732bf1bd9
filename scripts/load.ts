import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';
import { failureOf } from './load/assertion.ts';
import { readOptions } from './load/options.ts';
import { reportOf } from './load/report.ts';
import { htmlOf } from './load/report-html.ts';
import { runLoad } from './load/run.ts';
import { progressOf, summaryOf } from './load/summary.ts';
import { startOwn, type Target, useRunning } from './load/target.ts';

/*
 * `npm run load`: many families at once, by the real path. Standard output carries the summary, or the JSON; progress goes to
 * standard error. Exit code 1 when an assertion fails, 2 for a mistake in how it was called, 3
 * when the run itself failed.
 */

let target: Target | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void exit(130));
try {
  await main();
} catch (error) {
  console.error(error instanceof StartError ? `peekaboo load: ${error.message}` : error);
  await exit(error instanceof StartError ? 2 : 3);
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  target = options.running ? await useRunning(options.running) : await startOwn(options.rooms, { kbps: options.kbps });
  const run = await runLoad(target, options, (sample, phase) => showProgress(progressOf(sample, phase)));
  const report = reportOf(run);
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (options.report !== undefined) {
    mkdirSync(options.report, { recursive: true });
    writeFileSync(join(options.report, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(options.report, 'report.html'), htmlOf(run, report));
  }
  console.log(options.json ? JSON.stringify(report) : summaryOf(report));
  const failures = options.assertions.flatMap((assertion) => failureOf(assertion, report) ?? []);
  for (const failure of failures) console.error(`FAILED ${failure}`);
  if (report.joins.succeeded === 0) console.error('peekaboo load: nobody had a picture, so nothing was measured');
  await exit(report.joins.succeeded === 0 ? 3 : failures.length > 0 ? 1 : 0);
}

function showProgress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

async function exit(code: number): Promise<void> {
  await target?.stop();
  process.exit(code);
}
