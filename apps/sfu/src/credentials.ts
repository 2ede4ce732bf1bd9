import { readFileSync } from 'node:fs';
import { importDeviceKey } from '@peekaboo/shared/device-key';
import type { Credentials } from '@peekaboo/shared/proof';

/**
 * Reads what the SFU introduces itself to signal with: its pass (`sfu.pass`), and beside it the key that the pass is bound to
 * (`sfu.key`). Read anew at each connection and while it lasts, so that both can be renewed. The key is written first and read last, so that
 * a new pass is never read with an old key. @throws when either cannot be read.
 */
export async function readCredentials(passFile: string): Promise<Credentials> {
  const pass = readFileSync(passFile, 'utf8').trim();
  const key = await importDeviceKey(JSON.parse(readFileSync(passFile.replace(/(\.pass)?$/, '.key'), 'utf8')));
  return { pass, key };
}
