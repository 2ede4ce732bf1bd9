import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';
import { failureOf } from './load/assertion.ts';
import { untilInterrupted } from './load/interrupted.ts';
import { help, readOptions } from './load/options.ts';
import { reportOf } from './load/report.ts';
import { makeReportFolder } from './load/report-folder.ts';
import { htmlOf } from './load/report-html.ts';
import { runLoad } from './load/run.ts';
import { RunError } from './load/run-error.ts';
import { progressOf, summaryOf } from './load/summary.ts';
import { startOwn, useRunning } from './load/target.ts';

/*
 * `npm run load`: many families at once, by the real path. Standard output carries the summary, or the JSON; progress goes to
 * standard error. Exit code 1 when an assertion fails, 2 for a mistake in how it was called, 3
 * when the run itself failed or nobody had a picture, 130 when it was interrupted.
 */

const interrupted = untilInterrupted((line) => console.error(`peekaboo load: ${line}`));
process.exit(await main().catch(codeOf));

/** Resolves with the exit code, once everything that was begun is undone. */
async function main(): Promise<number> {
  await using closing = new AsyncDisposableStack();
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(help);
    return 0;
  }
  const options = readOptions(args);
  if (process.platform !== 'linux') throw new StartError('it takes Linux: what processes use is read from /proc');
  if (options.report !== undefined) makeReportFolder(options.report);
  const own = { kbps: options.kbps, signal: interrupted };
  const target = options.running ? await useRunning(options.running) : await startOwn(options.rooms, own);
  closing.defer(() => target.stop());
  const run = await runLoad(target, options, (sample, phase) => showProgress(progressOf(sample, phase)), interrupted);
  const report = reportOf(run);
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (options.report !== undefined) {
    writeFileSync(join(options.report, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(join(options.report, 'report.html'), htmlOf(run, report));
  }
  console.log(options.json ? JSON.stringify(report) : summaryOf(report));
  const failures = options.assertions.flatMap((assertion) => failureOf(assertion, report) ?? []);
  for (const failure of failures) console.error(`FAILED ${failure}`);
  if (report.joins.succeeded === 0) console.error('peekaboo load: nobody had a picture, so nothing was measured');
  return report.joins.succeeded === 0 ? 3 : failures.length > 0 ? 1 : 0;
}

function showProgress(line: string): void {
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

/** Says what went wrong, unless that is what somebody wanted. */
function codeOf(error: unknown): number {
  if (interrupted.aborted) {
    if (!isInterruption(error)) console.error(error); // tidying up failed: what was left as it is has to be known
    return 130;
  }
  const inOneLine = error instanceof StartError || error instanceof RunError;
  console.error(inOneLine ? `peekaboo load: ${error.message}` : error);
  return error instanceof StartError ? 2 : 3;
}

function isInterruption(error: unknown): boolean {
  return error === interrupted.reason || (error instanceof Error && error.name === 'AbortError');
}
