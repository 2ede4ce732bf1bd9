import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { StartError } from '@peekaboo/shared/errors';
import { type FastifyInstance, fastify } from 'fastify';
import type { JSONWebKeySet } from 'jose';
import type { Registry } from 'prom-client';

const viewerFolder = fileURLToPath(new URL('../../viewer/dist', import.meta.url));

/** Everything that is served over plain HTTP: the pages, the public keys, health and metrics. */
export async function buildServer(options: {
  jwks: JSONWebKeySet;
  registry: Registry;
  isReady: () => Promise<boolean>;
}): Promise<FastifyInstance> {
  const { jwks, registry, isReady } = options;
  if (!existsSync(viewerFolder)) throw new StartError('the pages are not built; run "npm start", which builds them');
  const server = fastify({ logger: false, bodyLimit: 16 * 1024, forceCloseConnections: true });

  await server.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    referrerPolicy: { policy: 'no-referrer' },
    strictTransportSecurity: false, // this listener speaks plain HTTP; whatever ends TLS before it says this
    crossOriginOpenerPolicy: { policy: 'same-origin' },
  });
  await server.register(fastifyStatic, { root: viewerFolder, cacheControl: false, index: false, setHeaders: cacheHeaders });

  server.get('/', (_, reply) => reply.sendFile('index.html'));
  server.get('/staff', (_, reply) => reply.sendFile('staff.html'));
  server.get('/.well-known/jwks.json', () => jwks);
  server.get('/healthz', () => ({ ok: true }));
  server.get('/readyz', async (_, reply) => {
    const ready = await isReady();
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  server.get('/metrics', async (_, reply) => reply.type(registry.contentType).send(await registry.metrics()));
  server.setNotFoundHandler((_, reply) => reply.code(404).send({ error: 'there is nothing here' }));
  server.setErrorHandler((error: Error & { statusCode?: number }, _, reply) => {
    const status = error.statusCode ?? 500;
    return reply.code(status).send({ error: status < 500 ? 'this request is not understood' : 'something went wrong here' });
  });
  return server;
}

/** Files with a hash in their name never change; the pages themselves are asked for anew. */
function cacheHeaders(reply: { header(name: string, value: string): unknown }, path: string): void {
  reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
}
