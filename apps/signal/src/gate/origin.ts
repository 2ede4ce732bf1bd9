import type { IncomingMessage } from 'node:http';
import { isOwnAddress } from '../identity/addresses.ts';
import type { IsAmong } from './addresses.ts';

/**
 * Whether a request comes from one of our own pages, or from a program. Browsers name the page's site in `Origin` with every
 * WebSocket and every POST (RFC 6454 section 7.3, RFC 6455 section 10.2), and a page of another site must not use this one's.
 */
export function isOwnOrigin(request: IncomingMessage, isProxy: IsAmong, publicUrls: readonly string[]): boolean {
  const { origin } = request.headers;
  return origin === undefined || (URL.canParse(origin) && isOwnAddress(new URL(origin), hostOf(request, isProxy), publicUrls));
}

/** The host that the browser asked for; a proxy may call this server by another name. */
export function hostOf(request: IncomingMessage, isProxy: IsAmong): string | undefined {
  const forwarded = request.headers['x-forwarded-host'];
  const believed = isProxy(request.socket.remoteAddress ?? '') && typeof forwarded === 'string';
  return believed ? forwarded.split(',')[0]?.trim() : request.headers.host;
}
