import { dirname, resolve } from 'node:path';
import { type ConfigFile, type IdentityProviderConfig, readConfigFile } from '@peekaboo/shared/config-file';
import { StartError } from '@peekaboo/shared/errors';
import type { Hours } from '@peekaboo/shared/hours';
import type { LimitsConfig } from '@peekaboo/shared/limits';
import type { Periods } from '@peekaboo/shared/periods';
import { findHoursMistakes } from './admission/hours.ts';
import { isLoopback } from './gate/addresses.ts';
import type { TlsFiles } from './gate/tls.ts';

export type Nursery = { id: string; name: string; timeZone: string };
export type Room = { id: string; name: string; nursery: string; timeZone: string; hours: Hours };

export type SignalConfig = {
  /** The YAML file that all of this was read from. */
  path: string;
  /** What it said then. */
  file: ConfigFile;
  nursery: Nursery;
  rooms: ReadonlyMap<string, Room>;
  viewsPerGuardian: number;
  /** Origins under which this signal is reached; proofs made for others are refused. None: whatever `Host` names. */
  publicUrls: string[];
  identityProvider: (IdentityProviderConfig & { jwksUrl: URL }) | undefined;
  limits: LimitsConfig;
  host: string;
  port: number;
  tls: TlsFiles | undefined;
  trustProxy: readonly string[];
  securityContact: string | undefined;
  /** Where the store and the issuer's key live. */
  dataFolder: string;
  /** The store is there instead, when it is set. It may hold a password: not for any log. */
  redisUrl: string | undefined;
  periods: Periods;
};

/**
 * Puts signal's configuration together from `PEEKABOO_CONFIG` (a YAML file), `PEEKABOO_DATA`, `REDIS_URL`, `PEEKABOO_JWKS_URL`, `HOST` and `PORT`. Cameras that
 * the file may name are not kept: signal knows of cameras only what an SFU reports. The one place in this app that reads
 * the environment.
 * @param read what the YAML file says, for those who have read it already.
 * @throws StartError with one line that names the cause.
 */
export function loadSignalConfig(env: NodeJS.ProcessEnv, read?: ConfigFile): SignalConfig {
  const path = env.PEEKABOO_CONFIG;
  if (!path) throw new StartError('PEEKABOO_CONFIG is not set; it names the YAML file');
  const file = read ?? readConfigFile(path);
  if (!file.nursery) throw new StartError(`${path}: nursery: is missing`);
  if (!file.rooms) throw new StartError(`${path}: rooms: is missing; a nursery has at least one room`);
  const { nursery } = file;

  const rooms = new Map(file.rooms.map((room) => [room.id, { ...room, nursery: nursery.id, timeZone: nursery.timeZone }]));
  for (const room of rooms.values()) {
    const [mistake] = findHoursMistakes(room.hours, room.timeZone);
    if (mistake) throw new StartError(`${path}: hours of room "${room.id}": ${mistake}`);
  }
  const host = env.HOST || '127.0.0.1';
  const { trustProxy } = file;
  const beside = (name: string) => resolve(dirname(path), name);
  const tls = file.tls && { certificate: beside(file.tls.certificate), key: beside(file.tls.key) };
  if (!tls && trustProxy.length === 0 && !isLoopback(host)) throw new StartError(withoutTls(host, path));
  return {
    path,
    file,
    nursery,
    rooms,
    viewsPerGuardian: file.viewsPerGuardian,
    publicUrls: file.publicUrls,
    identityProvider: providerOf(file.identityProvider, env.PEEKABOO_JWKS_URL || undefined, path),
    limits: file.limits,
    ...{ host, tls, trustProxy, securityContact: file.securityContact },
    port: parsePort(env.PORT || '8080'),
    dataFolder: env.PEEKABOO_DATA || 'data',
    redisUrl: parseRedisUrl(env.REDIS_URL || undefined),
    periods: file.periods,
  };
}

function providerOf(
  config: IdentityProviderConfig | undefined,
  jwksUrl: string | undefined,
  path: string,
): SignalConfig['identityProvider'] {
  if (!config && jwksUrl === undefined) return undefined;
  if (!config) throw new StartError(`PEEKABOO_JWKS_URL is set, and ${path} has no "identityProvider" that says whose keys these are`);
  if (jwksUrl === undefined) throw new StartError(`${path} names an identityProvider: set PEEKABOO_JWKS_URL to where its public keys are`);
  const url = URL.canParse(jwksUrl) ? new URL(jwksUrl) : undefined;
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && isLoopback(url.hostname)))
    throw new StartError('PEEKABOO_JWKS_URL is not understood; write an address that begins with https://');
  return { ...config, jwksUrl: url };
}

function withoutTls(host: string, path: string): string {
  return (
    `HOST is ${host}, where others could read along: set "tls" in ${path} to a certificate and its key, ` +
    'or "trustProxy" to the proxy that ends TLS, or leave HOST at 127.0.0.1'
  );
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new StartError(`PORT is "${text}"; write a number from 0 (any free one) to 65535`);
  return port;
}

function parseRedisUrl(text: string | undefined): string | undefined {
  const isRedis = text === undefined || (URL.canParse(text) && ['redis:', 'rediss:'].includes(new URL(text).protocol));
  if (!isRedis) throw new StartError('REDIS_URL is not understood; write redis://host:6379, or rediss://user:password@host:6379/0');
  return text;
}
