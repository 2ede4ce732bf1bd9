import { endOf, type Watching } from './report.ts';

const columns = ['guardian', 'room', 'from', 'to', 'seconds', 'ended', 'picture'] as const;

/** One line of the report, in text: the same for the table and for CSV. */
function cells(watching: Watching, now: number): string[] {
  const { guardian, room, from, end, picture } = watching;
  const until = endOf(watching, now);
  const seconds = String(Math.max(0, Math.round((until - from) / 1_000)));
  const ended = end.state === 'closed' ? end.reason : end.state === 'open' ? 'still open' : 'unknown, at the latest then by lease';
  return [guardian, room, iso(from), end.state === 'open' ? '' : iso(until), seconds, ended, picture];
}

export function asTable(watchings: readonly Watching[], now: number): string {
  const rows = [[...columns], ...watchings.map((each) => cells(each, now))];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

/** RFC 4180. Ids, dates and fixed words only, so nothing needs quotes but what has a comma. */
export function asCsv(watchings: readonly Watching[], now: number): string {
  const rows = [[...columns], ...watchings.map((each) => cells(each, now))];
  return rows.map((row) => `${row.map((cell) => (cell.includes(',') ? `"${cell}"` : cell)).join(',')}\r\n`).join('');
}

export function asJson(watchings: readonly Watching[], now: number): string {
  const rows = watchings.map((each) => ({ ...each, seconds: Math.max(0, Math.round((endOf(each, now) - each.from) / 1_000)) }));
  return `${JSON.stringify(rows, null, 2)}\n`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
