import { readFileSync } from 'node:fs';
import { importDeviceKey } from '@peekaboo/shared/device-key';
import type { Credentials } from '@peekaboo/shared/proof';

/**
 * Reads what the SFU introduces itself to signal with: its pass (`sfu.pass`), and beside it the key that the pass is bound to
 * (`sfu.key`). Read anew at each connection, so that both can be renewed. @throws when either cannot be read.
 */
export async function readCredentials(passFile: string): Promise<Credentials> {
  const key = await importDeviceKey(JSON.parse(readFileSync(passFile.replace(/(\.pass)?$/, '.key'), 'utf8')));
  return { pass: readFileSync(passFile, 'utf8').trim(), key };
}
