import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canInstall, installCommand, installPackages } from '../setup/apt.mjs';
import { isInstalled } from '../setup/executables.mjs';
import { outputOf, run, succeeds } from '../setup/run.mjs';
import { say } from '../setup/say.mjs';
import { SetupError } from '../setup/setup-error.mjs';
import { fetchDebianSource } from './debian-source.mjs';

/**
 * Makes sure that there is a libsrtp 2 to link, preferably one that encrypts with OpenSSL. Debian's does so with NSS, which
 * costs the worker more CPU per packet (figures in README.md); so its source package is compiled anew and linked statically.
 * @param {string[]} make the command that runs our Makefile
 * @param {string} folder for the build, kept from one attempt to the next
 * @param {string} logFile
 */
export async function ensureLibsrtp(make, folder, logFile) {
  if (outputOf('pkg-config', ['--libs', '--static', 'libsrtp2']).includes('-lcrypto')) return;
  if (existsSync(join(folder, 'libsrtp'))) return;
  const problem = await buildOnOpenssl(make, join(folder, 'libsrtp-source'), logFile);
  if (problem === undefined) return;

  say(`libsrtp on OpenSSL is not to be had (${problem}), so the worker will use the system's, at more CPU per packet`);
  if (succeeds('pkg-config', ['--exists', 'libsrtp2'])) return;
  if (!canInstall()) throw new SetupError('Compiling mediasoup-worker needs libsrtp2.', `Run: ${installCommand(['libsrtp2-dev'])}`);
  say('installing libsrtp2-dev');
  await installPackages(['libsrtp2-dev']);
}

/**
 * @param {string[]} make
 * @param {string} folder for the source
 * @param {string} logFile
 * @returns {Promise<string | undefined>} why there is none, if so
 */
async function buildOnOpenssl(make, folder, logFile) {
  if (!isInstalled('apt-get')) return 'no apt-get to fetch its source with';
  if (!isInstalled('dpkg-source')) return 'dpkg-dev, which unpacks its source, is not installed';
  say('compiling libsrtp on OpenSSL from its Debian source package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const problem = await fetchDebianSource('libsrtp2', folder, logFile);
  if (problem !== undefined) return problem;

  const name = readdirSync(folder, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name.startsWith('libsrtp2-'),
  )?.name;
  if (name === undefined) return 'its source package has no source folder';
  const [command = 'make', ...args] = make;
  const { ok, tail } = await run(command, [...args, 'libsrtp', `LIBSRTP=${join(folder, name)}`], { logFile });
  return ok ? undefined : `it does not compile: ${tail.at(-1) ?? 'no output'}`;
}
