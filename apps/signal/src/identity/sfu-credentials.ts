import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportDeviceKey, makeDeviceKey, thumbprint } from '@peekaboo/shared/device-key';
import type { Issuer } from './issuer.ts';

/**
 * Writes what an SFU introduces itself with into `folder`, readable by its owner alone: `sfu.pass`, and the key it is bound to, `sfu.key`
 * (a JWK, RFC 7517). Returns the path of the pass.
 */
export async function writeSfuCredentials(
  issuer: Issuer,
  { folder, sfu, nursery, validForSeconds, now }: { folder: string; sfu: string; nursery: string; validForSeconds: number; now: number },
): Promise<string> {
  const key = await makeDeviceKey(true);
  const cnf = { jkt: await thumbprint(key.publicJwk) };
  const pass = await issuer.issue({ sub: sfu, role: 'sfu', nursery, rooms: [], cnf, validForSeconds }, now);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, 'sfu.key'), `${JSON.stringify(await exportDeviceKey(key))}\n`, { mode: 0o600 });
  writeFileSync(join(folder, 'sfu.pass'), pass, { mode: 0o600 });
  return join(folder, 'sfu.pass');
}
