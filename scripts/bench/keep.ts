import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rounded } from '../load/report.ts';
import type { StudyName } from './studies/study.ts';

const root = new URL('../../', import.meta.url);

/** Keeps figures in bench/`name`.json, and their words in the place for them in docs/performance.md. */
export function keep(name: 'latest' | StudyName, figures: object, words: string): void {
  mkdirSync(new URL('bench', root), { recursive: true });
  writeFileSync(new URL(`bench/${name}.json`, root), `${JSON.stringify(rounded(figures), null, 2)}\n`);
  const page = fileURLToPath(new URL('docs/performance.md', root));
  const text = readFileSync(page, 'utf8');
  const [begin, end] = [`<!-- bench:${name}:begin -->`, `<!-- bench:${name}:end -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${page} has lost the place for the table: ${begin} … ${end}`);
  writeFileSync(page, `${text.slice(0, from + begin.length)}\n${words}\n${text.slice(to)}`);
}
