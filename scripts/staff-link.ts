import { parseArgs } from 'node:util';
import { PeekabooError, StartError } from '@peekaboo/shared/errors';
import { createLogger } from '@peekaboo/shared/log';
import { openStore } from '../apps/signal/src/store/open-store.ts';
import { firstSentence } from './first-sentence.ts';
import { linkUrl, operatorConfig } from './operator-config.ts';
import { staffLink } from './operator-links.ts';

/*
 * `npm run staff-link`: prints a one-time link for somebody who administers, whether signal runs or not. Whoever can run this can read
 * the data folder anyway.
 */

const usage = 'Usage: npm run staff-link -- --config FILE [--url https://watch.example.org]';

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo staff-link: ${error.message}`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const options = readArguments();
  const config = operatorConfig(options.config, 'peekaboo.sqlite', usage);
  const url = options.url?.replace(/\/$/, '') ?? linkUrl(config);
  const store = await openStore(config, createLogger('staff-link', 'silent'));
  const path = await staffLink({ store: store.entitlements, config, now: Date.now() }).catch((error: unknown) => {
    if (error instanceof PeekabooError) throw new StartError(`the store does not answer (${error.code}); start Redis, or check REDIS_URL`);
    throw error;
  });
  await store.close();
  console.log(url + path);
}

function readArguments(): { config?: string | undefined; url?: string | undefined } {
  try {
    return parseArgs({ options: { config: { type: 'string' }, url: { type: 'string' } } }).values;
  } catch (error) {
    throw new StartError(`${firstSentence(error)}. ${usage}`);
  }
}
