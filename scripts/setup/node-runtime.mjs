import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './setup-error.mjs';

const NEEDED_MAJOR = 26;
const PACKAGES = [`node-${process.platform}-${process.arch}`, `node-bin-${process.platform}-${process.arch}`];

/**
 * The Node that npm scripts get from here on: the packaged one, or the machine's own where there is none for this platform.
 * @param {string} root of the repository
 * @returns {string} path of the executable
 * @throws {SetupError} when that is too old, or does not run here
 */
export function findNode(root) {
  const modules = join(root, 'node_modules');
  const link = join(modules, '.bin', 'node');
  if (!existsSync(link)) linkPackagedNode(modules, link);
  if (existsSync(link)) {
    const { status } = spawnSync(link, ['--version'], { stdio: 'ignore' });
    if (status === 0) return link;
    throw new SetupError(
      'The Node in node_modules does not run on this system.',
      'Peekaboo needs Linux with glibc 2.28 or newer, or macOS 13.5 or newer.',
    );
  }
  if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) return process.execPath;
  throw new SetupError(
    `Node ${NEEDED_MAJOR} is needed, this is ${process.versions.node}, and npm installed none for ${process.platform}-${process.arch}.`,
    `Install Node ${NEEDED_MAJOR} or newer from nodejs.org, then try again.`,
  );
}

/**
 * npm 10 first links `node` from the packages for every platform, then removes the link with the ones it does not need.
 * @param {string} modules
 * @param {string} link
 */
function linkPackagedNode(modules, link) {
  const name = PACKAGES.find((candidate) => existsSync(join(modules, candidate, 'bin', 'node')));
  if (name === undefined) return;
  mkdirSync(join(modules, '.bin'), { recursive: true });
  const fresh = `${link}.${process.pid}`;
  symlinkSync(join('..', name, 'bin', 'node'), fresh);
  renameSync(fresh, link);
}
