import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';
import { loadSignalConfig, type SignalConfig } from '../apps/signal/src/config.ts';
import { nameOf } from '../apps/signal/src/gate/tls.ts';

/**
 * The configuration for a command of whoever runs the server, beside a signal that was started before.
 * @param has the file that must be in the data folder: nothing is begun in one that is not signal's.
 * @throws StartError when there is no `--config`, or no such file.
 */
export function operatorConfig(path: string | undefined, has: 'issuer.jwk' | 'peekaboo.sqlite', usage: string): SignalConfig {
  if (path === undefined) throw new StartError(`name the configuration that signal was started with. ${usage}`);
  const dataFolder = resolve(process.env.PEEKABOO_DATA || 'data');
  const config = loadSignalConfig({ ...process.env, PEEKABOO_CONFIG: resolve(path), PEEKABOO_DATA: dataFolder });
  if (!(config.redisUrl && has === 'peekaboo.sqlite') && !existsSync(join(dataFolder, has)))
    throw new StartError(`${join(dataFolder, has)} is not there; set PEEKABOO_DATA to the data folder of signal, or start it once`);
  return config;
}

/** The address under which `npm start` serves the pages when the configuration names none. */
export function pageUrl({ tls, host }: SignalConfig, port: number): string {
  return `${tls ? 'https' : 'http'}://${(tls && nameOf(tls.certificate)) ?? (isLocal(host) ? 'localhost' : host)}:${port}`;
}

/** Leaves it where other commands find it. */
export function tellPageUrl({ dataFolder }: SignalConfig, url: string): void {
  writeFileSync(join(dataFolder, 'url'), `${url}\n`, { mode: 0o600 });
}

/** Where links lead to. @throws StartError when the port is free to change and no `npm start` has left the address. */
export function linkUrl(config: SignalConfig): string {
  const [publicUrl] = config.publicUrls;
  if (publicUrl !== undefined) return publicUrl;
  const left = join(config.dataFolder, 'url');
  if (existsSync(left)) return readFileSync(left, 'utf8').trim();
  if (config.port === 0)
    throw new StartError('PORT is 0, so nobody knows where signal listens; give its address: --url https://watch.example.org');
  return pageUrl(config, config.port);
}

export function isLocal(host: string): boolean {
  return ['127.0.0.1', 'localhost', '0.0.0.0', '::', '::1'].includes(host);
}
