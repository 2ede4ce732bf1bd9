import { type Entry, entry } from '../../apps/signal/src/audit/entry.ts';
import { ledgerFiles } from '../../apps/signal/src/audit/files.ts';
import { readLines } from '../../apps/signal/src/audit/read-file.ts';

const hourMs = 3_600_000;

/** When signal wrote down that this room is to be cut, and that it is, for the first time; in milliseconds since the Unix epoch. */
export type CutInLedger = { toldAt: number; confirmedAt: number };

/**
 * Reads the first cut of a room out of the ledger, which a signal may be writing.
 * @param near an instant of the same half hour. Some faults set signal's clock by whole hours, which is undone here.
 * @returns `Infinity` for what the ledger does not have. A millisecond is added, since signal's clock has no less.
 */
export function readCut(dataFolder: string, room: string, near: number): CutInLedger {
  const entries = [...readLines(ledgerFiles(dataFolder).ledger)].flatMap(readEntry);
  const first = (kind: Entry['kind']) =>
    Math.min(...entries.filter((each) => each.kind === kind && roomOf(each) === room).map(({ at }) => withoutHours(at, near) + 1));
  return { toldAt: first('cut'), confirmedAt: first('cut.confirmed') };
}

/** When an SFU first carried out a cut after this instant, by its log; `Infinity` if it did not. */
export function carriedOutAt(log: string, since: number): number {
  const times = [...log.matchAll(/"time":(\d+).*"msg":"cut carried out"/g)].map(([, time]) => Number(time) + 1);
  return Math.min(...times.filter((at) => at >= since));
}

/** Nothing for a line that is still being written. */
function readEntry(line: Uint8Array): Entry[] {
  try {
    return [entry.parse(JSON.parse(Buffer.from(line).toString()))];
  } catch {
    return [];
  }
}

function roomOf(told: Entry): string | undefined {
  const hold = told.kind === 'cut' ? told.detail.hold : told.kind === 'cut.confirmed' ? told.detail.receipt.hold : undefined;
  return hold?.scope.kind === 'room' ? hold.scope.room : undefined;
}

function withoutHours(at: number, near: number): number {
  return at - Math.round((at - near) / hourMs) * hourMs;
}
