import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { StartError } from '@peekaboo/shared/errors';

/**
 * Refuses an address that is not this machine's: nobody is to put a load on somebody else's server, and nothing could be said about a
 * server whose processes cannot be seen. @throws StartError.
 */
export async function requireThisMachine(url: string): Promise<void> {
  const { hostname, protocol } = parse(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new StartError(`--url ${url}: write http://… or https://…`);
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses?.map(({ address }) => address) ?? []);
  const named = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  if (named.length === 0) throw new StartError(`--url ${url}: ${hostname} has no address`);
  if (!named.every(({ address }) => own.includes(address)))
    throw new StartError(`--url ${url}: ${hostname} is not this machine; run the load tool where the system runs`);
}

function parse(url: string): URL {
  try {
    return new URL(url);
  } catch {
    throw new StartError(`--url ${url}: this is no address`);
  }
}
