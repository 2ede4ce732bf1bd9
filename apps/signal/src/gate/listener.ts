import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { readTls } from './tls.ts';

/**
 * How long a client may take, and how much it may send, before anything answers it: a request that dribbles in holds its
 * connection no longer than this. Upgraded connections have bounds of their own (sockets.ts).
 */
const bounds = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1_024,
};
const idleTimeoutMs = 30_000;
const tlsHandshakeTimeoutMs = 10_000;

/** The one server that everything is served on; over TLS where there is a certificate. */
export function createListener(handler: RequestListener, tls: ReturnType<typeof readTls> | undefined): Server {
  const server = tls
    ? createTlsServer({ ...bounds, ...tls, handshakeTimeout: tlsHandshakeTimeoutMs }, handler)
    : createServer(bounds, handler);
  server.setTimeout(idleTimeoutMs);
  return server;
}
