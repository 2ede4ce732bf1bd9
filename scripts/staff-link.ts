import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { PeekabooError, StartError } from '@peekaboo/shared/errors';
import { createLogger } from '@peekaboo/shared/log';
import { loadSignalConfig } from '../apps/signal/src/config.ts';
import { openStore } from '../apps/signal/src/store/open-store.ts';
import { staffLink } from './operator-links.ts';

/*
 * `npm run staff-link`: prints a one-time link for somebody who administers, whether signal runs or not. Whoever can run this can read
 * the data folder anyway.
 */

const usage = 'Usage: npm run staff-link -- [--config FILE] [--url https://watch.example.org]';
const example = fileURLToPath(new URL('../examples/peekaboo.yaml', import.meta.url));

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo staff-link: ${error.message}`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const options = readArguments();
  const dataFolder = resolve(process.env.PEEKABOO_DATA || 'data');
  const config = loadSignalConfig({ ...process.env, PEEKABOO_CONFIG: resolve(options.config), PEEKABOO_DATA: dataFolder });
  const store = await openStore(config, createLogger('staff-link', 'silent'));
  const path = await staffLink({ store: store.entitlements, config, now: Date.now() }).catch((error: unknown) => {
    if (error instanceof PeekabooError) throw new StartError(`the store does not answer (${error.code}); start Redis, or check REDIS_URL`);
    throw error;
  });
  await store.close();
  console.log(`${options.url ?? config.publicUrls[0] ?? `http://localhost:${config.port}`}${path}`);
}

function readArguments(): { config: string; url: string | undefined } {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string', default: example }, url: { type: 'string' } } });
    return { config: values.config, url: values.url?.replace(/\/$/, '') };
  } catch (error) {
    throw new StartError(`${(error as Error).message.split('.')[0]}. ${usage}`);
  }
}
