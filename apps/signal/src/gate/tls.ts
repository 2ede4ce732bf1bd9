import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { StartError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';

const lookEveryMs = 5_000;
const minVersion = 'TLSv1.2';

export type TlsFiles = { certificate: string; key: string };

/** @throws StartError naming the file that cannot be used, or that the two do not belong together. */
export function readTls({ certificate, key }: TlsFiles): { cert: string; key: string; minVersion: typeof minVersion } {
  const cert = read(certificate);
  const privateKey = read(key);
  const leaf = parsed(certificate, 'certificate', () => new X509Certificate(cert));
  const keyObject = parsed(key, 'private key without a passphrase', () => createPrivateKey(privateKey));
  if (!leaf.checkPrivateKey(keyObject)) throw new StartError(`${key}: is not the key of the certificate ${certificate}`);
  if (leaf.validToDate.getTime() < Date.now()) throw new StartError(`${certificate}: ran out on ${leaf.validTo}; renew it`);
  return { cert, key: privateKey, minVersion };
}

/** The name that the certificate is for, as links should carry it; undefined when it names none. */
export function nameOf(certificate: string): string | undefined {
  const { subjectAltName = '' } = new X509Certificate(read(certificate));
  return /(?:^|, )(?:DNS|IP Address):(?!\*)([^,]+)/.exec(subjectAltName)?.[1];
}

/**
 * Uses the files' new content once both have changed and fit together; until then, the old. Connections that are open stay.
 * Returns how to stop.
 */
export function renewTls(server: Server, files: TlsFiles, log: Logger): () => void {
  const paths = [files.certificate, files.key];
  const renew = () => {
    try {
      server.setSecureContext(readTls(files));
      log.info({ certificate: files.certificate }, 'the TLS certificate was renewed');
    } catch (error) {
      log.error({ err: error }, 'the changed TLS files cannot be used; the former certificate stays until they can');
    }
  };
  for (const path of paths) watchFile(path, { interval: lookEveryMs, persistent: false }, renew);
  return () => {
    for (const path of paths) unwatchFile(path, renew);
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError(`${path}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown cause'}); "tls" names it`);
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new StartError(`${path}: is not a ${what} in PEM`);
  }
}
