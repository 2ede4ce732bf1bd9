import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { type ErrorCode, PeekabooError, StartError, type WireError } from '@peekaboo/shared/errors';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import type { Registry } from 'prom-client';
import type { Gate } from './gate/gate.ts';
import { bareHeaders, setHeaders } from './gate/headers.ts';
import { createListener } from './gate/listener.ts';
import { securityTxt } from './gate/security-txt.ts';
import type { readTls } from './gate/tls.ts';

const viewerFolder = fileURLToPath(new URL('../../viewer/dist', import.meta.url));

export type ServerOptions = {
  gate: Gate;
  tls: ReturnType<typeof readTls> | undefined;
  securityContact: string | undefined;
  publicUrls: readonly string[];
  jwks: JSONWebKeySet;
  registry: Registry;
  isReady: () => Promise<boolean>;
};

/** Everything that is served over HTTP: the pages, the public keys, health and metrics. */
export async function buildServer({
  gate,
  tls,
  securityContact,
  publicUrls,
  jwks,
  registry,
  isReady,
}: ServerOptions): Promise<FastifyInstance> {
  if (!existsSync(viewerFolder)) throw new StartError('the pages are not built; run "npm start", which builds them');
  const server = fastify({
    logger: false,
    bodyLimit: 16 * 1024,
    forceCloseConnections: true,
    trustProxy: (address) => gate.isProxy(address),
    // An address that cannot be read is refused before anything else sees it.
    frameworkErrors: (_, __, reply: FastifyReply) => {
      void reply.code(400).headers(bareHeaders).send(refusal('BAD_MESSAGE'));
    },
    serverFactory: (handler) => createListener(handler, tls),
  });
  gate.watch(server.server);

  await setHeaders(server); // before anything is refused
  server.addHook('onRequest', async (request, reply) => {
    if (!(await gate.limits.mayRequest(gate.addressOf(request.raw))))
      return reply.code(429).header('retry-after', '10').send(refusal('BUSY'));
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    if (changes && !gate.isOwnOrigin(request.raw)) return reply.code(403).send(refusal('ORIGIN_NOT_ALLOWED'));
  });
  await server.register(fastifyStatic, { root: viewerFolder, cacheControl: false, index: false, setHeaders: cacheHeaders });

  server.get('/', (_, reply) => reply.sendFile('index.html'));
  server.get('/staff', (_, reply) => reply.sendFile('staff.html'));
  server.get('/.well-known/jwks.json', () => jwks);
  if (securityContact !== undefined) {
    server.get('/.well-known/security.txt', (_, reply) =>
      reply.type('text/plain; charset=utf-8').send(securityTxt(securityContact, publicUrls[0], Date.now())),
    );
  }
  server.get('/healthz', () => ({ ok: true }));
  server.get('/readyz', async (_, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  server.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  server.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'there is nothing here' }));
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).send(refusal(status < 500 ? 'BAD_MESSAGE' : 'INTERNAL'));
  });
  return server;
}

/** As pages read it. */
function refusal(code: ErrorCode): { error: WireError } {
  return { error: new PeekabooError(code).toWire() };
}

/** Files with a hash in their name never change; the pages themselves are asked for anew. */
function cacheHeaders(reply: { header(name: string, value: string): unknown }, path: string): void {
  reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
}
