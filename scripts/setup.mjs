// Makes everything ready that `npm start` and `npm test` need, and nothing when it is there. Runs on any Node from version 20
// on and before node_modules exists, so it imports nothing from there.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureNodeModules } from './setup/node-modules.mjs';
import { findNode } from './setup/node-runtime.mjs';
import { stopRunning } from './setup/run.mjs';
import { say } from './setup/say.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { ensureSystemPackages } from './setup/system-packages.mjs';
import { ensureWorker } from './worker/install.mjs';

const EXIT_UNREADY = 2;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    stopRunning();
    process.exit(EXIT_UNREADY);
  });
}

try {
  const root = dirname(dirname(fileURLToPath(import.meta.url)));
  await ensureSystemPackages(root, process.argv[2] === 'test' ? 'test' : 'start');
  await ensureNodeModules(root);
  await ensureWorker(root, findNode(root));
  // Without this an abandoned name lookup would keep the process for seconds more.
  process.exit(0);
} catch (error) {
  say(
    error instanceof SetupError
      ? error.message
      : `${error instanceof Error ? error.message : error}. This is unexpected: please report it.`,
  );
  process.exit(EXIT_UNREADY);
}
