import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';
import { z } from 'zod';
import { RunError } from './run-error.ts';

const answersWithinMs = 10_000;

const key = z.object({ kid: z.string() });
const keys = z.object({ keys: z.array(key) });

/**
 * Makes sure that the signal at this address signs with the key in this folder, of which nothing is changed: it may be somebody else's.
 * @throws StartError without a key in the folder. @throws RunError when nobody answers there, or somebody else.
 */
export async function requireSameIssuer(url: string, dataFolder: string): Promise<void> {
  const ours = readKey(join(dataFolder, 'issuer.jwk'), dataFolder);
  const answer = await fetch(`${url}/.well-known/jwks.json`, { signal: AbortSignal.timeout(answersWithinMs) }).catch((error: Error) => {
    const { code } = (error.cause ?? {}) as { code?: string };
    throw new RunError(`--url ${url}: nothing answers there (${code ?? error.message})`);
  });
  const served = keys.safeParse(await answer.json().catch(() => undefined));
  if (!served.success) throw new RunError(`--url ${url}: what answers there is no signal of Peekaboo`);
  if (!served.data.keys.some(({ kid }) => kid === ours))
    throw new RunError(`--data ${dataFolder}: this is not the data folder of the signal at ${url}, which signs with another key`);
}

function readKey(path: string, dataFolder: string): string {
  try {
    return key.parse(JSON.parse(readFileSync(path, 'utf8'))).kid;
  } catch {
    throw new StartError(`--data ${dataFolder}: there is no key of an issuer here (issuer.jwk)`);
  }
}
