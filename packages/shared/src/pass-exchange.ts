import type { z } from 'zod';
import type { DeviceKey } from './device-key.ts';
import { PeekabooError, wireError } from './errors.ts';
import { makeProof } from './proof.ts';
import { type IssuedPass, issuedPass, type passRequest } from './wire.ts';

/**
 * Asks signal for a pass that is bound to this key: for an invite, or, with an empty request, by the key alone.
 * @param url signal's origin. `now` by signal's clock as far as it is known, in milliseconds since the Unix epoch.
 * @throws PeekabooError when refused; something else when signal cannot be reached.
 */
export async function askForPass(
  url: string,
  key: DeviceKey,
  request: z.input<typeof passRequest>,
  now: number,
  timeoutMs: number,
): Promise<IssuedPass> {
  const proof = await makeProof(key, { method: 'POST', url: `${url}/pass`, now });
  const response = await fetch(`${url}/pass`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', DPoP: proof },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = await response.json();
  if (response.ok) return issuedPass.parse(answer);
  const { code, remedy: _, ...facts } = wireError.parse(answer?.error);
  throw new PeekabooError(code, facts);
}
