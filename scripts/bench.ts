import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { StartError } from '@peekaboo/shared/errors';
import { type Bench, runBench } from './bench/bench.ts';
import { contenderNames } from './bench/contenders/contender.ts';
import { readOptions } from './bench/options.ts';
import { tableOf } from './bench/table.ts';
import { rounded } from './load/report.ts';

/*
 * `npm run bench`: Peekaboo beside bare mediasoup, Janus and the floors of this machine, in turns. A whole run replaces bench/latest.json
 * and the table in docs/performance.md; a quick or a partial one only prints. Exit code 0 also when a goal is missed, 2 for a mistake in
 * how it was called, 3 when the run itself failed.
 */

const root = new URL('..', import.meta.url);
const begin = '<!-- bench:begin -->';
const longestMs = 20 * 60_000;
const end = '<!-- bench:end -->';

/** Nothing is left running: what is started here ends with this process, or when it is told to. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));
setTimeout(() => {
  console.error('the run took too long, and is given up');
  process.exit(3);
}, longestMs).unref();

try {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  const bench = await runBench(options, args, (line) => console.error(line));
  const isWhole = !options.quick && contenderNames.every((name) => bench.result.contenders[name]);
  if (isWhole) write(bench);
  else console.error('not a whole run: bench/latest.json and docs/performance.md stay as they are');
  console.log(options.json ? JSON.stringify(rounded(bench)) : tableOf(bench));
  process.exit(0);
} catch (error) {
  console.error(error instanceof StartError ? `peekaboo bench: ${error.message}` : error);
  process.exit(error instanceof StartError ? 2 : 3);
}

function write(bench: Bench): void {
  mkdirSync(new URL('bench', root), { recursive: true });
  writeFileSync(new URL('bench/latest.json', root), `${JSON.stringify(rounded(bench), null, 2)}\n`);
  const page = fileURLToPath(new URL('docs/performance.md', root));
  const text = readFileSync(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has lost the place for the table: ${begin} … ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${tableOf(bench)}\n${text.slice(to)}`);
}
