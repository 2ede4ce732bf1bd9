import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

/** Makes a certificate for this machine that signs itself, and its key, in a folder. Calling it again replaces both. */
export function makeCertificate(folder: string): { certificate: string; key: string } {
  const files = { certificate: certificateIn(folder), key: join(folder, 'key.pem') };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-days', '2', '-keyout', files.key, '-out', files.certificate], {
    stdio: 'ignore',
  });
  return files;
}

export function certificateIn(folder: string): string {
  return join(folder, 'certificate.pem');
}

/** Whatever this process connects to from here on may show this certificate. */
export function trust(certificate: string): void {
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')]);
}
