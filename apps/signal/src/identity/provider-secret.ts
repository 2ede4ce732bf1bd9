import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';

const bytes = 32;

/**
 * The secret with which ids are derived from the subjects of an identity provider, in `dataFolder/provider.key`, readable by its owner
 * alone; it is made if there is none. Without it, nobody finds out by trying names whose id is whose.
 * @throws StartError when it cannot be read or written. A new one would make everybody somebody else, and bring back whom staff removed.
 */
export function openProviderSecret(dataFolder: string): Buffer {
  const path = join(dataFolder, 'provider.key');
  try {
    if (!existsSync(path)) writeFileSync(path, `${randomBytes(bytes).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
    const secret = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url');
    if (secret.length === bytes) return secret;
  } catch (error) {
    throw new StartError(`${path}: cannot be used (${(error as NodeJS.ErrnoException).code}); set PEEKABOO_DATA to a folder that can`);
  }
  throw new StartError(`${path}: is not a secret of ${bytes} bytes; restore it, or whoever was removed here comes back as somebody else`);
}
