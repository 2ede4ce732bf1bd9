import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Logger } from '@peekaboo/shared/log';
import { clientAddress, type IsAmong, isLoopback, networks, truncated } from './addresses.ts';
import { type LimitKind, Limits, limitKinds } from './limits.ts';
import { hostOf, isOwnOrigin } from './origin.ts';

const warnAgainAfterMs = 60_000;

export type GateOptions = {
  limits: ConstructorParameters<typeof Limits>[0];
  trustProxy: readonly string[];
  /** Origins under which this signal is reached; none: whatever `Host` names. */
  publicUrls: readonly string[];
  /** Whether the listener speaks TLS itself. */
  tls: boolean;
  log: Logger;
};

/** What everybody passes who connects to signal, whatever they want: who are they, how do they come, do they come too often. */
export class Gate {
  readonly limits: Limits;
  readonly isProxy: IsAmong;
  /** How often each limit was met since this process began. */
  readonly limited: Map<LimitKind, number> = new Map(limitKinds.map((kind) => [kind, 0]));
  readonly #publicUrls: readonly string[];
  readonly #tls: boolean;
  readonly #log: Logger;
  readonly #warned = new Map<string, number>();

  constructor({ limits, trustProxy, publicUrls, tls, log }: GateOptions) {
    this.isProxy = networks(trustProxy);
    this.#publicUrls = publicUrls;
    this.#tls = tls;
    this.#log = log;
    this.limits = new Limits(limits, (kind, from) => {
      this.limited.set(kind, (this.limited.get(kind) ?? 0) + 1);
      this.#warnOnce(kind, from);
    });
  }

  /** Turns away connections that are too many or not encrypted, before anything is read from them. */
  watch(server: HttpServer): void {
    let open = 0;
    server.on('connection', (socket) => {
      open += 1;
      socket.once('close', () => {
        open -= 1;
      });
      const address = socket.remoteAddress ?? '';
      if (this.isProxy(address)) return; // whom it forwards for is asked request by request
      if (!this.#tls && !isLoopback(address)) {
        this.#warnOnce('plaintext', truncated(address));
        socket.destroy();
        return;
      }
      void this.limits.mayConnect(address, open).then((may) => may || socket.destroy());
    });
  }

  addressOf(request: IncomingMessage): string {
    const from = request.socket.remoteAddress ?? '';
    if (request.headers['x-forwarded-for'] !== undefined && isLoopback(from) && !this.isProxy(from))
      this.#warnOnce('proxy', truncated(from));
    return clientAddress(request, this.isProxy);
  }

  hostOf(request: IncomingMessage): string | undefined {
    return hostOf(request, this.isProxy);
  }

  isOwnOrigin(request: IncomingMessage): boolean {
    return isOwnOrigin(request, this.isProxy, this.#publicUrls);
  }

  /** Once a minute for each kind: a flood must not fill the log as well. */
  #warnOnce(what: LimitKind | 'plaintext' | 'proxy', from: string): void {
    const now = performance.now();
    if (now - (this.#warned.get(what) ?? Number.NEGATIVE_INFINITY) < warnAgainAfterMs) return;
    this.#warned.set(what, now);
    if (what === 'plaintext') this.#log.warn({ from }, 'a connection without TLS was refused; see "TLS" in docs/operations.md');
    else if (what === 'proxy')
      this.#log.warn({ from }, 'a proxy on this machine is not declared: no client is limited by address; see "TLS" in docs/operations.md');
    else this.#log.warn({ limit: what, from }, 'a client is limited; see "Limits" in docs/operations.md');
  }
}
