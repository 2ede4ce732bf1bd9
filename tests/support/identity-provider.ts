import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Server } from 'node:http';
import Provider from 'oidc-provider';

export const audience = 'peekaboo';
/** Whom its tokens are about. */
export const subject = 'family-17';

/** A real OpenID provider on loopback, which hands out signed access tokens (RFC 9068) to one client. */
export class IdentityProvider {
  readonly #server: Server;
  readonly url: string;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** @param claims what its tokens say beside the usual. A new key each time, unless one is given. */
  static async start(claims: object, { port = 0, key = newKey() }: { port?: number; key?: KeyObject } = {}): Promise<IdentityProvider> {
    const placeholder = await listen(port);
    const url = `http://127.0.0.1:${placeholder}`;
    const provider = new Provider(url, {
      jwks: { keys: [{ ...key.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: kidOf(key) } as never] },
      clients: [
        {
          ...{ client_id: subject, client_secret: 'a secret of the test', redirect_uris: [], response_types: [] },
          ...{ grant_types: ['client_credentials'], id_token_signed_response_alg: 'ES256' },
        },
      ],
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          defaultResource: () => 'https://peekaboo.example',
          getResourceServerInfo: () => ({
            ...{ scope: 'watch', audience, accessTokenTTL: 60, accessTokenFormat: 'jwt' as const },
            jwt: { sign: { alg: 'ES256' as const } },
          }),
        },
      },
      enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
      extraTokenClaims: () => claims as never,
    });
    const server = provider.listen(placeholder, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    return new IdentityProvider(server, url);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get jwksUrl(): string {
    return `${this.url}/jwks`;
  }

  /** Signs the client in, and returns its access token. */
  async token(): Promise<string> {
    const credentials = Buffer.from(`${subject}:a%20secret%20of%20the%20test`).toString('base64');
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      // Each on a connection of its own: those kept open end with the provider.
      headers: { authorization: `Basic ${credentials}`, 'content-type': 'application/x-www-form-urlencoded', connection: 'close' },
      body: 'grant_type=client_credentials&scope=watch',
    });
    const { access_token: token } = (await response.json()) as { access_token: string };
    return token;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

/** As the provider names this key. */
export function kidOf(key: KeyObject): string {
  return String(key.export({ format: 'jwk' }).x).slice(0, 8);
}

/** A port that is free, or the one that is asked for: the provider has to know its own address before it listens. */
async function listen(port: number): Promise<number> {
  if (port !== 0) return port;
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const free = (server.address() as { port: number }).port;
  await new Promise((resolve) => server.close(resolve));
  return free;
}
