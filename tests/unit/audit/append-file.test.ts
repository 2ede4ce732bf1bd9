import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppendFile } from '../../../apps/signal/src/audit/append-file.ts';

let folder: string;
let file: AppendFile;
const path = () => join(folder, 'ledger.jsonl');

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'peekaboo-test-'));
  file = await AppendFile.open(path());
});
afterEach(async () => {
  vi.restoreAllMocks();
  await file.close();
  rmSync(folder, { recursive: true });
});

/** What every file handle does, to be made to fail. */
async function handles() {
  const handle = await open(path(), 'r');
  await handle.close();
  return Object.getPrototypeOf(handle) as typeof handle;
}

test('a line that a failing disk had to be given again is there once, also when nothing could be cleaned up in between', async () => {
  const full = new Error('ENOSPC');
  const prototype = await handles();
  const sync = vi.spyOn(prototype, 'datasync');
  const truncate = vi.spyOn(prototype, 'truncate');
  await file.append('one\n');
  sync.mockRejectedValueOnce(full);
  truncate.mockRejectedValueOnce(full);
  await expect(file.append('two\n')).rejects.toBe(full);
  truncate.mockRejectedValueOnce(full); // the clean-up after a write that worked
  await file.append('two\n').catch(() => file.append('two\n'));
  await file.append('three\n');
  expect(readFileSync(path(), 'utf8')).toBe('one\ntwo\nthree\n');
});
