import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportDeviceKey, importDeviceKey, makeDeviceKey, thumbprint } from '@peekaboo/shared/device-key';
import type { Issuer } from './issuer.ts';

const lookEveryMs = 3_600_000;

/** Which SFU of which nursery, for how long, and the folder for what it introduces itself with. */
export type SfuCredentialsRequest = { folder: string; sfu: string; nursery: string; validForMs: number };

/**
 * Writes what an SFU introduces itself with into `folder`, readable by its owner alone: the key (`sfu.key`, a JWK, RFC 7517), and then the
 * pass that is bound to it (`sfu.pass`). Returns the path of the pass.
 */
export async function writeSfuCredentials(issuer: Issuer, request: SfuCredentialsRequest, now: number): Promise<string> {
  const { folder } = request;
  const key = await makeDeviceKey(true);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  replaceFile(join(folder, 'sfu.key'), `${JSON.stringify(await exportDeviceKey(key))}\n`);
  return writePass(issuer, request, await thumbprint(key.publicJwk), now);
}

/**
 * Makes the pass anew, for the key that is there, whenever a third of its life is over; a linked SFU takes it over as it is. Looks at the
 * wall clock, since a machine may sleep for a month. Returns how to stop.
 */
export function renewSfuPass(
  issuer: Issuer,
  request: SfuCredentialsRequest,
  madeAt: number,
  onTrouble: (error: Error) => void,
): () => void {
  let newestMadeAt = madeAt;
  const look = async () => {
    const now = Date.now();
    if (Math.abs(now - newestMadeAt) < request.validForMs / 3) return;
    const key = await importDeviceKey(JSON.parse(readFileSync(join(request.folder, 'sfu.key'), 'utf8')));
    await writePass(issuer, request, await thumbprint(key.publicJwk), now);
    newestMadeAt = now;
  };
  const timer = setInterval(() => void look().catch(onTrouble), Math.min(lookEveryMs, request.validForMs / 30));
  return () => clearInterval(timer);
}

async function writePass(
  issuer: Issuer,
  { folder, sfu, nursery, validForMs }: SfuCredentialsRequest,
  jkt: string,
  now: number,
): Promise<string> {
  const validForSeconds = Math.floor(validForMs / 1_000);
  const path = join(folder, 'sfu.pass');
  replaceFile(path, await issuer.issue({ sub: sfu, role: 'sfu', nursery, rooms: [], cnf: { jkt }, validForSeconds }, now));
  return path;
}

/** Never half written, whoever reads it meanwhile. */
function replaceFile(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
