import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { atExit } from './at-exit.ts';

/** A folder of its own for one run, among the system's temporary ones. It may hold a key that signs passes, so it goes with this process at the latest. */
export function makeScratchFolder(prefix: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), prefix));
  const removeNow = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const forget = atExit(removeNow);
  const remove = () => {
    removeNow();
    forget();
  };
  return { path, remove };
}
