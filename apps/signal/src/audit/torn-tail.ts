import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { sha256 } from './canonical.ts';
import type { LedgerEvent } from './entry.ts';
import { readLines } from './read-file.ts';

export type Recovery = Extract<LedgerEvent, { kind: 'recovered' }>;

/**
 * Takes away what follows the last whole line of a file, after keeping a copy beside it: a write that a power cut interrupted,
 * so nothing that was ever called durable. Returns what the ledger is to say of it; undefined when there is nothing.
 */
export function recoverTornTail(path: string): Recovery | undefined {
  let wholeBytes = 0;
  let torn: Uint8Array | undefined;
  for (const line of readLines(path)) {
    if (line.at(-1) === 0x0a) wholeBytes += line.length;
    else torn = line;
  }
  if (!torn) return undefined;

  const hash = sha256(torn);
  const keptIn = `${path}.torn-${hash.slice(0, 16)}`;
  if (!existsSync(keptIn) || sha256(readFileSync(keptIn)) !== hash) {
    writeFileSync(keptIn, torn, { mode: 0o600 });
    sync(keptIn);
  }
  truncateSync(path, wholeBytes);
  sync(path);
  return { kind: 'recovered', detail: { file: basename(path), bytes: torn.length, sha256: hash, keptIn: basename(keptIn) } };
}

function sync(path: string): void {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}
