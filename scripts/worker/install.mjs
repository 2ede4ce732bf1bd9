import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../setup/cache-folder.mjs';
import { isExecutable } from '../setup/executables.mjs';
import { withLock } from '../setup/lock.mjs';
import { run } from '../setup/run.mjs';
import { say } from '../setup/say.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { buildWorker, canBuild } from './build.mjs';
import { downloadWorker } from './download.mjs';
import { workerKey } from './key.mjs';

const SMOKE_TEST = fileURLToPath(new URL('smoke-test.ts', import.meta.url));
const SMOKE_TEST_LIMIT_MS = 20_000;
// What mediasoup-worker exits with when it is not started by mediasoup.
const EXIT_WITHOUT_PARENT = 41;

/**
 * Puts a mediasoup-worker that works on this machine where mediasoup looks for it: from the cache, else compiled here, else
 * from upstream's releases, which lack our patches.
 * @param {string} root of the repository
 * @param {string} node that runs the smoke test
 */
export async function ensureWorker(root, node) {
  const chosen = process.env.MEDIASOUP_WORKER_BIN;
  if (chosen) {
    if (isExecutable(chosen)) return;
    throw new SetupError(`MEDIASOUP_WORKER_BIN is ${chosen}, which cannot be run.`, 'Correct it, or unset it to have a worker installed.');
  }
  const sources = join(root, 'node_modules', 'mediasoup', 'worker');
  const { version } = JSON.parse(readFileSync(join(dirname(sources), 'package.json'), 'utf8'));
  const readyMade = process.env.PEEKABOO_WORKER_DOWNLOAD === '1';
  const key = workerKey(version, readyMade);
  const installed = join(sources, 'out', 'Release', 'mediasoup-worker');
  if (installedKey(installed) === key && runs(installed)) return;

  const folder = join(cacheFolder(root), 'mediasoup-worker', key);
  const cached = join(folder, 'mediasoup-worker');
  if (!runs(cached)) {
    await withLock(`${folder}.lock`, `making mediasoup-worker ${version}`, async () => {
      if (runs(cached)) return;
      mkdirSync(folder, { recursive: true });
      const download = () => tryDownload(version, folder, node);
      const compile = () => build(version, sources, folder, node);
      renameSync(await (readyMade || !canBuild() ? firstOf(download, compile) : firstOf(compile, download)), cached);
      rmSync(join(folder, 'build'), { recursive: true, force: true });
      say(`mediasoup-worker ${version} passed its smoke test and is kept in ${folder}`);
    });
  }
  place(cached, installed, key);
}

/**
 * The binary that one of two ways brings, the second if the first does not.
 * @param {() => Promise<string>} first
 * @param {() => Promise<string>} second
 * @returns {Promise<string>}
 * @throws {SetupError} when neither does
 */
async function firstOf(first, second) {
  try {
    return await first();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(error.message);
    return second();
  }
}

/**
 * @param {string} version
 * @param {string} folder
 * @param {string} node
 * @returns {Promise<string>}
 * @throws {SetupError} when there is none, or it does not work here
 */
async function tryDownload(version, folder, node) {
  say(`fetching mediasoup-worker ${version} from its releases`);
  const unpacked = join(folder, 'download');
  mkdirSync(unpacked, { recursive: true });
  try {
    const result = await downloadWorker(version, unpacked);
    const problem = result.ok ? await smokeTest(result.binary, node) : result.reason;
    if (result.ok && problem === undefined) {
      const candidate = join(folder, 'mediasoup-worker.new');
      renameSync(result.binary, candidate);
      return candidate;
    }
    throw new SetupError(`There is no ready-made mediasoup-worker (${problem}).`, 'Try again where github.com can be reached.');
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/**
 * @param {string} version
 * @param {string} sources
 * @param {string} folder
 * @param {string} node
 */
async function build(version, sources, folder, node) {
  const logFile = join(folder, 'build.log');
  const binary = await buildWorker(version, sources, join(folder, 'build'), logFile);
  const problem = await smokeTest(binary, node);
  if (problem === undefined) return binary;
  rmSync(join(folder, 'build'), { recursive: true, force: true });
  throw new SetupError(
    `The compiled mediasoup-worker fails its smoke test: ${problem}.`,
    `See scripts/worker/README.md and the log ${logFile}, or set MEDIASOUP_WORKER_BIN to a mediasoup-worker of version ${version}.`,
  );
}

/**
 * @param {string} binary
 * @param {string} node
 * @returns {Promise<string | undefined>} what is wrong with it, if anything
 */
async function smokeTest(binary, node) {
  const attempt = () => run(node, [SMOKE_TEST, binary], { timeoutMs: SMOKE_TEST_LIMIT_MS });
  // A second chance, for a machine too busy to be in time.
  const { ok, tail } = (await attempt()).ok ? { ok: true, tail: [] } : await attempt();
  return ok ? undefined : (tail.at(-1) ?? 'it does not answer');
}

/** @param {string} binary */
function runs(binary) {
  return existsSync(binary) && spawnSync(binary, { stdio: 'ignore', env: {}, timeout: 5_000 }).status === EXIT_WITHOUT_PARENT;
}

/** @param {string} installed */
function installedKey(installed) {
  try {
    return readFileSync(`${installed}.key`, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Copies rather than links, so that clearing the cache does not take the worker from under a running system.
 * @param {string} cached
 * @param {string} installed
 * @param {string} key
 */
function place(cached, installed, key) {
  mkdirSync(dirname(installed), { recursive: true });
  const fresh = `${installed}.${process.pid}`;
  copyFileSync(cached, fresh);
  renameSync(fresh, installed);
  writeFileSync(`${installed}.key`, key);
}
