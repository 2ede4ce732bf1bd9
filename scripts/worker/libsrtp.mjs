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
 * @param {string} folder for the build, kept from one attempt to the next
 * @param {string} logFile
 * @returns {Promise<NodeJS.ProcessEnv>} variables under which pkg-config finds it
 */
export async function ensureLibsrtp(folder, logFile) {
  if (outputOf('pkg-config', ['--libs', '--static', 'libsrtp2']).includes('-lcrypto')) return {};

  const installed = join(folder, 'libsrtp');
  const env = { PKG_CONFIG_PATH: [join(installed, 'lib', 'pkgconfig'), process.env.PKG_CONFIG_PATH].filter(Boolean).join(':') };
  if (existsSync(join(installed, 'lib', 'pkgconfig', 'libsrtp2.pc'))) return env;
  const problem = await buildOnOpenssl(join(folder, 'libsrtp-source'), installed, logFile);
  if (problem === undefined) return env;

  say(`libsrtp on OpenSSL is not to be had (${problem}), so the worker will use the system's, at more CPU per packet`);
  rmSync(installed, { recursive: true, force: true });
  if (succeeds('pkg-config', ['--exists', 'libsrtp2'])) return {};
  if (!canInstall()) throw new SetupError('Compiling mediasoup-worker needs libsrtp2.', `Run: ${installCommand(['libsrtp2-dev'])}`);
  say('installing libsrtp2-dev');
  await installPackages(['libsrtp2-dev']);
  return {};
}

/**
 * @param {string} folder for the source
 * @param {string} prefix to install into
 * @param {string} logFile
 * @returns {Promise<string | undefined>} why there is none, if so
 */
async function buildOnOpenssl(folder, prefix, logFile) {
  if (!isInstalled('apt-get')) return 'no apt-get to fetch its source with';
  if (!isInstalled('dpkg-source')) {
    if (!canInstall()) return 'dpkg-dev is not installed';
    await installPackages(['dpkg-dev']);
  }
  say('compiling libsrtp on OpenSSL from its Debian source package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const problem = await fetchDebianSource('libsrtp2', folder, logFile);
  if (problem !== undefined) return problem;

  const name = readdirSync(folder, { withFileTypes: true }).find(
    (entry) => entry.isDirectory() && entry.name.startsWith('libsrtp2-'),
  )?.name;
  if (name === undefined) return 'its source package has no source folder';
  const cwd = join(folder, name);
  const steps = [
    {
      command: './configure',
      args: ['-q', '--enable-openssl', `--prefix=${prefix}`, `--libdir=${join(prefix, 'lib')}`, 'CFLAGS=-O3 -fPIC'],
    },
    { command: 'make', args: ['-s', 'libsrtp2.a'] },
    { command: 'make', args: ['-s', 'install'] },
  ];
  for (const { command, args } of steps) {
    const { ok, tail } = await run(command, args, { cwd, logFile });
    if (!ok) return `${command} ${args[1] ?? ''} failed: ${tail.at(-1) ?? 'no output'}`;
  }
  return undefined;
}
