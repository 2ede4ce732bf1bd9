import { makeDeviceKey } from '@peekaboo/shared/device-key';
import { askForPass } from '@peekaboo/shared/pass-exchange';
import type { Credentials } from '@peekaboo/shared/proof';

const timeoutMs = 8_000;

/** Opens an invite link as a browser does: makes a key, and swaps the link's secret for a pass bound to it. @throws PeekabooError when refused. */
export async function openInvite(link: string): Promise<Credentials> {
  const { origin, pathname, hash } = new URL(link);
  const key = await makeDeviceKey();
  const invite = new URLSearchParams(hash.slice(1)).get('invite') ?? '';
  const { pass } = await askForPass(origin, key, { invite, role: pathname === '/staff' ? 'staff' : 'guardian' }, Date.now(), timeoutMs);
  return { pass, key };
}
