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
  /** Connections at this moment. */
  #open = 0;

  constructor({ limits, trustProxy, publicUrls, tls, log }: GateOptions) {
    this.isProxy = networks(trustProxy);
    this.#publicUrls = publicUrls;
    this.#tls = tls;
    this.#log = log;
    this.limits = new Limits(limits, (kind, from) => {
      this.limited.set(kind, (this.limited.get(kind) ?? 0) + 1);
      this.#warnOnce(kind, { limit: kind, from }, 'a client is limited; see "Limits" in docs/operations.md');
    });
  }

  /** Turns away connections that are too many or not encrypted, before anything is read from them. */
  watch(server: HttpServer): void {
    const closed = () => {
      this.#open -= 1;
    };
    server.on('connection', (socket) => {
      this.#open += 1;
      socket.on('close', closed);
      const address = socket.remoteAddress ?? '';
      if (this.isProxy(address)) return; // whom it forwards for is asked request by request
      if (!this.#tls && !isLoopback(address)) {
        this.#warnOnce('plaintext', { from: truncated(address) }, 'a connection without TLS was refused; see "TLS" in docs/operations.md');
        socket.destroy();
        return;
      }
      void this.limits.mayConnect(address, this.#open).then((may) => may || socket.destroy());
    });
  }

  /** Whether this request may become a WebSocket: the connection of a proxy was not counted as it came, since it is known only now for whom. */
  async mayUpgrade(request: IncomingMessage): Promise<boolean> {
    if (!this.isOwnOrigin(request)) return false;
    const isForwarded = this.isProxy(request.socket.remoteAddress ?? '');
    return !isForwarded || this.limits.mayConnect(this.addressOf(request), this.#open);
  }

  addressOf(request: IncomingMessage): string {
    this.#checkProxy(request);
    return clientAddress(request, this.isProxy);
  }

  hostOf(request: IncomingMessage): string | undefined {
    return hostOf(request, this.isProxy);
  }

  /** Whether it comes from a page of ours, or from a program; what does not is warned of, since it may be a wrong `publicUrls`. */
  isOwnOrigin(request: IncomingMessage): boolean {
    if (isOwnOrigin(request, this.isProxy, this.#publicUrls)) return true;
    const { origin = '' } = request.headers;
    const url = URL.canParse(origin) ? new URL(origin).origin.slice(0, 200) : 'none';
    const instead = this.#publicUrls.length > 0 ? 'it is not among publicUrls' : 'it is not what Host names, which a proxy has to pass on';
    this.#warnOnce('origin', { url }, `a page of another address is turned away: ${instead}. See "TLS" in docs/operations.md`);
    return false;
  }

  /** What a proxy does not say, or says without having been declared, is the address of all its clients: no limit finds the one who floods. */
  #checkProxy(request: IncomingMessage): void {
    const from = request.socket.remoteAddress ?? '';
    const names = request.headers['x-forwarded-for'] !== undefined;
    const see = 'no client is limited by address; see "TLS" in docs/operations.md';
    if (names && isLoopback(from) && !this.isProxy(from))
      this.#warnOnce('proxy', { from: truncated(from) }, `a proxy on this machine is not declared: ${see}`);
    // Programs of the machine itself, such as its SFU, come from the same address, and ask for it by its own name.
    const host = this.hostOf(request) ?? '';
    if (!names && this.isProxy(from) && URL.canParse(`http://${host}`) && !isLoopback(new URL(`http://${host}`).hostname))
      this.#warnOnce('silent proxy', { from: truncated(from) }, `a declared proxy sets no X-Forwarded-For: ${see}`);
  }

  /** Once a minute for each kind: a flood must not fill the log as well. */
  #warnOnce(what: string, facts: object, message: string): void {
    const now = performance.now();
    if (now - (this.#warned.get(what) ?? Number.NEGATIVE_INFINITY) < warnAgainAfterMs) return;
    this.#warned.set(what, now);
    this.#log.warn(facts, message);
  }
}
