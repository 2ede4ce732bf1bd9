import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { canInstall, installCommand, installPackages } from './apt.mjs';
import { checkoutLock } from './cache-folder.mjs';
import { isInstalled } from './executables.mjs';
import { withLock } from './lock.mjs';
import { say } from './say.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} Requirement
 * @property {string} purpose completes "needed to ..."
 * @property {string[]} debian names of packages
 * @property {string | undefined} brew name of the formula; without one, a machine without Debian packages does without
 * @property {() => boolean} isMet
 */

/** @type {Requirement[]} */
const TO_START = [
  {
    purpose: 'read cameras',
    debian: ['ffmpeg'],
    brew: 'ffmpeg',
    isMet: () => isInstalled('ffmpeg') && isInstalled('ffprobe'),
  },
];

const MAC_BROWSERS = ['/Applications/Chromium.app', '/Applications/Google Chrome.app'];
const GSTREAMER = [
  'python3-gi',
  'gir1.2-gst-rtsp-server-1.0',
  'gstreamer1.0-plugins-base',
  'gstreamer1.0-plugins-good',
  'gstreamer1.0-plugins-bad',
  'gstreamer1.0-plugins-ugly',
  'gstreamer1.0-libav',
];

/** @type {Requirement[]} */
const TO_TEST = [
  {
    purpose: 'watch in a real browser',
    debian: ['chromium'],
    brew: '--cask chromium',
    isMet: () => isInstalled('chromium') || isInstalled('google-chrome') || MAC_BROWSERS.some((app) => existsSync(app)),
  },
  {
    purpose: 'test the distributed store',
    debian: ['redis-server'],
    brew: 'redis',
    isMet: () => isInstalled('redis-server'),
  },
  {
    purpose: 'capture packets after a cut',
    debian: ['tcpdump'],
    brew: undefined,
    isMet: () => isInstalled('tcpdump'),
  },
  {
    purpose: 'play an RTSP camera',
    debian: GSTREAMER,
    brew: undefined,
    isMet: () => missingDebianPackages(GSTREAMER).length === 0,
  },
];

/**
 * Installs the system's packages that are missing: what runs the product, and for `test` what its tests use besides.
 * @param {string} root of the repository
 * @param {'start' | 'test'} goal
 */
export async function ensureSystemPackages(root, goal) {
  const requirements = goal === 'test' ? [...TO_START, ...TO_TEST] : TO_START;
  if (unmet(requirements).length === 0) return;
  if (!isInstalled('apt-get')) return requireByHand(unmet(requirements));

  await withLock(checkoutLock(root, 'system-packages'), 'installing system packages', async () => {
    const missing = unmet(requirements);
    if (missing.length === 0) return;
    const packages = missing.flatMap(({ debian }) => debian);
    const purposes = missing.map(({ purpose }) => purpose).join(', ');
    if (!canInstall()) {
      throw new SetupError(`${packages.join(', ')} missing (needed to ${purposes}).`, `Run: ${installCommand(packages)}`);
    }
    say(`installing ${packages.join(', ')} (needed to ${purposes})`);
    await installPackages(packages);
  });
}

/** @param {Requirement[]} requirements */
function unmet(requirements) {
  return requirements.filter((requirement) => !requirement.isMet());
}

/** @param {Requirement[]} missing */
function requireByHand(missing) {
  const optional = missing.filter(({ brew }) => brew === undefined);
  if (optional.length > 0) {
    say(
      `not found, so tests that ${optional.map(({ purpose }) => purpose).join(' or ')} cannot run: ${optional.flatMap(({ debian }) => debian).join(', ')}`,
    );
  }
  const required = missing.filter(({ brew }) => brew !== undefined);
  if (required.length === 0) return;
  const names = required.flatMap(({ debian }) => debian).join(', ');
  const commands = required.map(({ brew }) => `brew install ${brew}`).join(' && ');
  throw new SetupError(
    `${names} not found (needed to ${required.map(({ purpose }) => purpose).join(', ')}).`,
    process.platform === 'darwin' ? `Run: ${commands}` : 'Install it with the package manager of this system, then try again.',
  );
}

/**
 * @param {string[]} names
 * @returns {string[]} those that are not installed; all of them where there is no dpkg
 */
function missingDebianPackages(names) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status} ${Package}\n', ...names], { encoding: 'utf8' });
  const installed = new Set(
    (stdout ?? '')
      .split('\n')
      .filter((line) => line.startsWith('installed '))
      .map((line) => line.slice(10)),
  );
  return names.filter((name) => !installed.has(name));
}
