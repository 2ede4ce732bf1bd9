import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canInstall, installCommand, installPackages } from '../setup/apt.mjs';
import { isInstalled } from '../setup/executables.mjs';
import { outputOf, run, succeeds } from '../setup/run.mjs';
import { say, startProgress } from '../setup/say.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { ensureLibsrtp } from './libsrtp.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const PROGRAMS = ['g++', 'make', 'patch', 'flatc', 'pkg-config'];
const LIBRARIES = ['libuv', 'openssl', 'absl_strings', 'flatbuffers'];
const DEBIAN_PACKAGES = [
  'g++',
  'make',
  'patch',
  'dpkg-dev',
  'flatbuffers-compiler',
  'pkg-config',
  'libuv1-dev',
  'libssl-dev',
  'libabsl-dev',
  'libflatbuffers-dev',
];
// One compiler takes up to 0.7 GiB.
const BYTES_PER_JOB = 1024 ** 3;
const CORE_MINUTES = 8;

/**
 * Compiles the worker from the sources in the mediasoup package. An interrupted build goes on where it stopped.
 * @param {string} version of mediasoup
 * @param {string} sources node_modules/mediasoup/worker
 * @param {string} folder for objects, kept from one attempt to the next
 * @param {string} logFile
 * @returns {Promise<string>} path of the binary
 */
export async function buildWorker(version, sources, folder, logFile) {
  const spaced = [sources, folder].find((path) => /\s/.test(path));
  if (spaced !== undefined) {
    throw new SetupError(
      `make cannot work in ${spaced}, for the space in its name.`,
      'Move the checkout, or set XDG_CACHE_HOME, to a path without one.',
    );
  }
  await ensureTools();
  rmSync(logFile, { force: true });
  mkdirSync(folder, { recursive: true });
  const make = ['make', '-s', '-C', HERE, `WORKER=${sources}`, `BUILD=${folder}`];
  await ensureLibsrtp(make, folder, logFile);

  const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / BYTES_PER_JOB)));
  const [command = 'make', ...args] = make;
  const [before = 0, total = 0] = outputOf(command, [...args, 'total'])
    .split(' ')
    .map(Number);
  const estimate = `about ${Math.ceil(CORE_MINUTES / jobs)} minutes on ${jobs} ${jobs === 1 ? 'core' : 'cores'}`;
  /** @param {number} count */
  const describe = (count) => `compiling mediasoup-worker ${version}: ${count} / ${total} files (${estimate})`;

  let compiled = before;
  const progress = startProgress();
  progress.update(describe(compiled));
  const { ok, tail } = await run(command, [...args, `-j${jobs}`], {
    logFile,
    onLine(line) {
      if (!line.startsWith('compiled ')) return;
      compiled += 1;
      progress.update(describe(compiled));
    },
  });
  progress.end();
  if (ok) return join(folder, 'mediasoup-worker');
  for (const line of tail) say(`  ${line}`);
  throw new SetupError(
    `mediasoup-worker could not be compiled; the lines above end the log ${logFile}.`,
    'Set MEDIASOUP_WORKER_BIN to a mediasoup-worker of this version, or try again where github.com can be reached.',
  );
}

/** @returns {boolean} whether all that it takes is here, or can be installed without asking anybody */
export function canBuild() {
  return hasTools() || (isInstalled('apt-get') && canInstall());
}

function hasTools() {
  return PROGRAMS.every(isInstalled) && succeeds('pkg-config', ['--exists', ...LIBRARIES]);
}

async function ensureTools() {
  if (hasTools()) return;
  if (!isInstalled('apt-get')) {
    throw new SetupError(
      `Compiling mediasoup-worker needs ${PROGRAMS.join(', ')} and the development files of ${LIBRARIES.join(', ')}, libsrtp2.`,
      'Install those, or set MEDIASOUP_WORKER_BIN to a mediasoup-worker.',
    );
  }
  if (!canInstall())
    throw new SetupError(
      'Compiling mediasoup-worker needs a compiler and libraries.',
      `Run: ${installCommand([...DEBIAN_PACKAGES, 'libsrtp2-dev'])}`,
    );
  say(`installing what compiles mediasoup-worker: ${DEBIAN_PACKAGES.join(', ')}`);
  await installPackages(DEBIAN_PACKAGES);
}
