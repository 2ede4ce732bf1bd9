import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

/** Tells whether an address belongs to these networks. */
export type IsAmong = (address: string) => boolean;

export function networks(list: readonly string[]): IsAmong {
  const contains = proxyAddr.compile([...list]);
  return (address) => contains(address, 0);
}

/** Who really asks: the address of the connection or, where that is a declared proxy's, the one it forwards for (`X-Forwarded-For`). */
export function clientAddress(request: IncomingMessage, isProxy: IsAmong): string {
  return proxyAddr(request, (address) => isProxy(address)) ?? '';
}

/**
 * What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, since that is what one household or machine is
 * given whole (RFC 6177).
 */
export function addressGroup(address: string): string {
  const plain = withoutMapping(address);
  if (!isIPv6(plain)) return plain;
  return `${prefix(plain, 4)}::/64`;
}

/** As it may stand in a log: so much that a network is recognised, and no household. */
export function truncated(address: string): string {
  const plain = withoutMapping(address);
  if (isIPv6(plain)) return `${prefix(plain, 3)}::/48`;
  return plain.includes('.') ? `${plain.split('.').slice(0, 3).join('.')}.0/24` : 'unknown';
}

/** Whether an address, or the host of a URL, is this machine alone. Names other than `localhost` may lead anywhere. */
export function isLoopback(host: string): boolean {
  const plain = withoutMapping(host.replace(/^\[(.*)\]$/, '$1'));
  return plain === 'localhost' || plain === '::1' || (isIPv4(plain) && plain.startsWith('127.'));
}

/** A socket that listens on both families reports IPv4 as `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2). */
function withoutMapping(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The first groups of an IPv6 address, written out. */
function prefix(address: string, groups: number): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const start = head === '' ? [] : head.split(':');
  const end = tail === undefined || tail === '' ? [] : tail.split(':');
  const whole = tail === undefined ? start : [...start, ...Array(Math.max(0, 8 - start.length - end.length)).fill('0'), ...end];
  return whole
    .slice(0, groups)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
