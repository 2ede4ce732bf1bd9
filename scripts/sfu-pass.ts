import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { slug } from '@peekaboo/shared/ids';
import { openIssuer } from '../apps/signal/src/identity/issuer.ts';
import { writeSfuCredentials } from '../apps/signal/src/identity/sfu-credentials.ts';
import { firstSentence } from './first-sentence.ts';
import { operatorConfig } from './operator-config.ts';

/*
 * `npm run sfu-pass`: makes the key and the pass of an SFU that `npm start` does not start, whether signal runs or not. An SFU that is
 * linked takes a new pass over by itself.
 */

const usage = 'Usage: npm run sfu-pass -- --config FILE --sfu ID --to FOLDER';

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo sfu-pass: ${error.message}`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const { config: path, sfu, to } = readArguments();
  const config = operatorConfig(path, 'issuer.jwk', usage);
  if (!slug.safeParse(sfu).success || sfu === undefined) throw new StartError(`--sfu is to be the "sfu.id" of its configuration. ${usage}`);
  if (to === undefined) throw new StartError(`--to names the folder for both files. ${usage}`);
  const now = Date.now();
  const validForMs = config.periods.pass.sfuValidForMs;
  const request = { folder: resolve(to), sfu, nursery: config.nursery.id, validForMs };
  const passFile = await writeSfuCredentials(await openIssuer(config.dataFolder), request, now);
  console.log(`${passFile}, and sfu.key beside it, are good until ${new Date(now + validForMs).toISOString()}`);
}

function readArguments(): { config?: string | undefined; sfu?: string | undefined; to?: string | undefined } {
  try {
    return parseArgs({ options: { config: { type: 'string' }, sfu: { type: 'string' }, to: { type: 'string' } } }).values;
  } catch (error) {
    throw new StartError(`${firstSentence(error)}. ${usage}`);
  }
}
