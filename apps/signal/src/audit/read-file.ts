import { closeSync, openSync, readSync } from 'node:fs';
import { splitLines } from './chain.ts';

const chunkBytes = 1 << 20;

/** The lines of a file, one at a time, however long it is; none when there is no such file. Blocks: for start-up and tools. */
export function* readLines(path: string): Generator<Uint8Array> {
  yield* splitLines(chunksOf(path));
}

function* chunksOf(path: string): Generator<Uint8Array> {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(file, chunk);
      if (length === 0) return;
      yield chunk.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
