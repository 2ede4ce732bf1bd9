import { readFileSync } from 'node:fs';
import { type ConfigFile, parseConfig } from './config-file.ts';
import { StartError } from './errors.ts';
import type { Logger } from './log.ts';

/** Read and compared, since neither events nor times of change can be relied on: editors replace files, and volumes are mounted. */
const readEveryMs = 1_000;

export type FollowOptions = {
  path: string;
  /** What it said when this process started. */
  started: ConfigFile;
  /** What this process takes from the file when it starts, and not again. */
  fixed: readonly (keyof ConfigFile)[];
  /** Takes over what the file says now; called once soon after the start, too. @throws StartError: nothing was taken over. */
  take: (file: ConfigFile) => void;
  log: Logger;
};

/**
 * Follows peekaboo.yaml while the process runs. Only what two looks in a row read is taken: the first half of a file that is being
 * written may well be a configuration, of a nursery with fewer rooms. A file that is broken is one line in the log, and the
 * configuration before it stays in force. Returns how to stop.
 */
export function followConfig({ path, started, fixed, take, log }: FollowOptions): () => void {
  let text: string | undefined;
  let judged: string | undefined;
  const look = () => {
    const before = text;
    text = readOrExplain(path);
    if (text !== before || text === judged) return;
    judged = text;
    try {
      const file = parseConfig(text, path);
      take(file);
      const changed = fixed.filter((key) => JSON.stringify(file[key]) !== JSON.stringify(started[key]));
      if (changed.length > 0) log.warn(`${path}: ${changed.join(', ')} changed; that counts after a restart only`);
    } catch (error) {
      const cause = error instanceof StartError ? error.message : `${path}: cannot be taken over (${(error as Error).message})`;
      log.error(`${cause}. The configuration before it stays in force`);
    }
  };
  look();
  const timer = setInterval(look, readEveryMs);
  return () => clearInterval(timer);
}

/** An empty text when it cannot be read: that has no nursery, and is explained as any other broken file. */
function readOrExplain(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
