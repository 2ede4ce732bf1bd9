import { run, succeeds } from './run.mjs';
import { startProgress } from './say.mjs';
import { SetupError } from './setup-error.mjs';

const APT_OPTIONS = ['-y', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=2', '-o', 'APT::Status-Fd=1'];
// apt reports on its status channel as "pmstatus:ffmpeg:42.5:Unpacking ffmpeg", and downloads as "dlstatus:".
const STATUS = /^(?:pm|dl)status:[^:]*:([\d.]+):(.*)$/;

/** @returns {boolean} whether packages can be installed here without asking for a password */
export function canInstall() {
  return isRoot() || succeeds('sudo', ['-n', 'true']);
}

/** @param {readonly string[]} packages */
export function installCommand(packages) {
  return `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
}

/**
 * @param {readonly string[]} packages
 * @throws {SetupError} when apt-get could not install them
 */
export async function installPackages(packages) {
  const progress = startProgress();
  /** @param {string} line */
  const onLine = (line) => {
    const status = STATUS.exec(line);
    if (status !== null) progress.update(`apt-get: ${Math.round(Number(status[1]))} % ${status[2]}`);
  };
  try {
    // One unreachable third-party source fails the update; what we want may be known all the same, so go on and see.
    progress.update('apt-get: updating the lists of packages');
    await aptGet(['update'], () => {});
    const { ok, tail } = await aptGet(['install', '--no-install-recommends', ...packages], onLine);
    if (ok) return;
    progress.end();
    const last = tail.filter((line) => !STATUS.test(line)).at(-1) ?? 'no reason given';
    throw new SetupError(
      `apt-get could not install ${packages.join(', ')} (${last}).`,
      `Check the network, or run: ${installCommand(packages)}`,
    );
  } finally {
    progress.end();
  }
}

/**
 * @param {readonly string[]} args
 * @param {(line: string) => void} onLine
 */
function aptGet(args, onLine) {
  const command = ['apt-get', ...APT_OPTIONS, ...args];
  // sudo drops the environment, so it is set by env(1) behind it.
  const environment = ['env', 'DEBIAN_FRONTEND=noninteractive', 'NEEDRESTART_SUSPEND=1', 'LC_ALL=C.UTF-8'];
  return isRoot()
    ? run('env', [...environment.slice(1), ...command], { onLine })
    : run('sudo', ['-n', ...environment, ...command], { onLine });
}

function isRoot() {
  return process.getuid?.() === 0;
}
