import { makeDeviceKey, thumbprint } from '@peekaboo/shared/device-key';
import type { Credentials } from '@peekaboo/shared/proof';
import type { Issuer, PassRequest } from './issuer.ts';

/** Makes a pass together with a key of its own: for programs that hold the issuer's key, such as the canary and tests. People are invited. */
export async function mintCredentials(issuer: Issuer, request: PassRequest, now: number): Promise<Credentials> {
  const key = await makeDeviceKey();
  return { pass: await issuer.issue({ ...request, cnf: { jkt: await thumbprint(key.publicJwk) } }, now), key };
}
