import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The folder for what outlives a checkout. Falls back to node_modules where the user has no home to write to.
 * @param {string} root of the repository
 */
export function cacheFolder(root) {
  const home = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  for (const folder of [join(home, 'peekaboo'), join(root, 'node_modules', '.cache', 'peekaboo')]) {
    try {
      mkdirSync(folder, { recursive: true });
      return folder;
    } catch {
      // Try the next one.
    }
  }
  return join(root, '.cache');
}

/**
 * A lock file of its own for each checkout, outside node_modules, which `npm ci` deletes.
 * @param {string} root
 * @param {string} what
 */
export function checkoutLock(root, what) {
  const id = createHash('sha256').update(root).digest('hex').slice(0, 12);
  return join(cacheFolder(root), `${what}-${id}.lock`);
}
