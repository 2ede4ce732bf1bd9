import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:tls';

/**
 * Connects only to whoever holds the key of one certificate, by whatever address: signal on the same machine has a certificate for the
 * name that browsers use, or one that no authority signed. The file is read at each connection, since certificates are renewed.
 */
export class PinningAgent extends Agent {
  readonly #certificate: string;

  constructor(certificate: string) {
    super();
    this.#certificate = certificate;
  }

  override createConnection(options: object) {
    const leaf = new X509Certificate(readFileSync(this.#certificate)); // the first in the file; authorities after it are not trusted
    return connect({ ...options, ca: leaf.toString(), allowPartialTrustChain: true, checkServerIdentity: () => undefined } as object);
  }
}
