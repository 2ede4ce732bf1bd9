import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = dirname(fileURLToPath(import.meta.url));
// What decides how the compiled binary comes out.
const RECIPE = ['Makefile', 'compat', 'patches'];

/**
 * Names a binary by everything it depends on, so that a changed version, system, CPU or recipe gets a binary of its own. The
 * system counts because a compiled binary is linked to its libraries.
 * @param {string} version of mediasoup
 * @param {boolean} readyMade whether an upstream binary is preferred
 */
export function workerKey(version, readyMade) {
  return [version, systemName(), process.arch, recipeHash(), ...(readyMade ? ['ready-made'] : [])].join('-');
}

function systemName() {
  if (process.platform !== 'linux') return process.platform;
  const release = readOsRelease();
  return `${release.match(/^ID="?([^"\n]+)/m)?.[1] ?? 'linux'}${release.match(/^VERSION_ID="?([^"\n]+)/m)?.[1] ?? ''}`;
}

function readOsRelease() {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}

function recipeHash() {
  const hash = createHash('sha256');
  for (const file of RECIPE.flatMap(filesIn))
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(HERE, file)))
      .update('\0');
  return hash.digest('hex').slice(0, 10);
}

/**
 * @param {string} path relative to this folder
 * @returns {string[]} the files at or under it, in an order that does not depend on the file system
 */
function filesIn(path) {
  if (!statSync(join(HERE, path)).isDirectory()) return [path];
  return readdirSync(join(HERE, path))
    .sort()
    .flatMap((name) => filesIn(`${path}/${name}`));
}
