import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { checkoutLock } from './cache-folder.mjs';
import { withLock } from './lock.mjs';
import { run } from './run.mjs';
import { say } from './say.mjs';
import { SetupError } from './setup-error.mjs';

const MAX_COMPLAINTS = 8;
// The build of the web pages and the check of the media worker are dev dependencies, so NODE_ENV=production must not drop them.
const NPM_CI = ['ci', '--loglevel=error', '--include=dev', '--include=optional', '--ignore-scripts'];
// npm's own pauses would make a machine without network wait for more than a minute to be told so.
const SHORT_RETRIES = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];

/**
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string | string[]} [os]
 * @property {string | string[]} [cpu]
 * @property {string | string[]} [libc]
 *
 * @typedef {Record<string, LockedPackage>} LockedPackages keyed by folder, relative to the repository
 */

/**
 * Runs `npm ci` unless node_modules holds what package-lock.json says.
 * @param {string} root of the repository
 */
export async function ensureNodeModules(root) {
  if (isInStep(root)) return;
  await withLock(checkoutLock(root, 'node-modules'), 'installing node_modules', async () => {
    if (isInStep(root)) return;
    say(`installing node_modules as package-lock.json has them (npm ci)`);
    /** @type {string[]} */
    const complaints = [];
    const { ok } = await npm(root, [...NPM_CI, ...SHORT_RETRIES], (line) => {
      if (/^npm error /.test(line) && complaints.length < MAX_COMPLAINTS) complaints.push(line);
    });
    if (ok) return;
    for (const line of complaints) say(`  ${line}`);
    if (complaints.some((line) => line.includes('EUSAGE'))) {
      throw new SetupError('package.json asks for something else than package-lock.json.', 'Run: npm install');
    }
    throw new SetupError('npm ci failed, see above.', 'Check that this machine reaches its npm registry, then try again.');
  });
}

/**
 * npm writes what it has installed to node_modules/.package-lock.json when it is done, and removes that file before it starts.
 * So whoever ran npm, and however it ended, comparing the two files tells whether node_modules is complete.
 * @param {string} root
 */
function isInStep(root) {
  const wanted = readPackages(join(root, 'package-lock.json'));
  const installed = readPackages(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined) throw new SetupError('package-lock.json cannot be read.', 'Restore it from version control.');
  if (installed === undefined) return false;
  return (
    Object.entries(wanted).every(([folder, entry]) => {
      const found = installed[folder];
      if (found === undefined) return folder === '' || (entry.optional === true && !isForThisPlatform(entry));
      return found.version === entry.version && (entry.integrity === undefined || found.integrity === entry.integrity);
    }) && Object.keys(installed).every((folder) => folder in wanted && existsSync(join(root, folder, 'package.json')))
  );
}

/**
 * Whether an optional package is made for this very platform, as Node itself, the bundler and the linter are. Those are
 * indispensable; npm leaves them out when told `--omit=optional`.
 * @param {LockedPackage} entry
 */
function isForThisPlatform({ os, cpu, libc }) {
  if (os === undefined || cpu === undefined) return false;
  return (
    [os].flat().includes(process.platform) &&
    [cpu].flat().includes(process.arch) &&
    (libc === undefined || [libc].flat().includes(ownLibc()))
  );
}

/** @type {string | undefined} */
let libcOfNode;

/** @returns {string} the C library that this Node is linked to */
function ownLibc() {
  if (libcOfNode === undefined) {
    const report = /** @type {{header: {glibcVersionRuntime?: string}}} */ (process.report.getReport());
    libcOfNode = report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  }
  return libcOfNode;
}

/**
 * @param {string} file
 * @returns {LockedPackages | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * Runs the very npm that runs us, where one does: the first one on the PATH may be another.
 * @param {string} root
 * @param {string[]} args
 * @param {(line: string) => void} onLine
 */
function npm(root, args, onLine) {
  const runner = process.env.npm_execpath;
  const isNpm = runner !== undefined && basename(runner) === 'npm-cli.js' && existsSync(runner);
  return isNpm ? run(process.execPath, [runner, ...args], { cwd: root, onLine }) : run('npm', args, { cwd: root, onLine });
}
