import { canInstall, installCommand, installPackages } from '../setup/apt.mjs';
import { succeeds } from '../setup/run.mjs';
import { say } from '../setup/say.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/**
 * Makes sure that there is a libsrtp 2 to link.
 * @param {string} _folder
 * @param {string} _logFile
 * @returns {Promise<NodeJS.ProcessEnv>} variables under which pkg-config finds it
 */
export async function ensureLibsrtp(_folder, _logFile) {
  if (succeeds('pkg-config', ['--exists', 'libsrtp2'])) return {};
  if (!canInstall()) throw new SetupError('Compiling mediasoup-worker needs libsrtp2.', `Run: ${installCommand(['libsrtp2-dev'])}`);
  say('installing libsrtp2-dev');
  await installPackages(['libsrtp2-dev']);
  return {};
}
