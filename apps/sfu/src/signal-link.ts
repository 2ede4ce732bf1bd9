import { ask, serveAsks } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { errorCatalogue, PeekabooError, wireError } from '@peekaboo/shared/errors';
import type { Hold } from '@peekaboo/shared/hold';
import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';
import { type Credentials, makeHandshake } from '@peekaboo/shared/proof';
import type { CameraReport } from '@peekaboo/shared/room';
import { tell } from '@peekaboo/shared/tell';
import { holdsInOneOffer, type IceServers, namespaces, sfuAsks, sfuOrders, sfuTells } from '@peekaboo/shared/wire';
import { io, type Socket } from 'socket.io-client';
import { ClosedViews } from './closed-views.ts';
import { Lease } from './leases.ts';
import { PinningAgent } from './pinning-agent.ts';
import type { Sfu } from './sfu.ts';
import type { ViewEvents } from './view.ts';

/** As often as the configuration is looked at. */
const lookForPassEveryMs = 1_000;

export type SignalLinkOptions = {
  url: string;
  signalCertificate: string | undefined;
  sfuId: string;
  readCredentials: () => Promise<Credentials>;
  sfu: Sfu;
  cameraReports: () => CameraReport[];
  guardOnDuty: () => boolean;
  iceServers: IceServers;
  periods: Pick<Periods, 'lease' | 'link'>;
  clock: Clock;
  log: Logger;
  onState: () => void;
};

/**
 * The line to one signal; the SFU dials out. It carries out signal's orders for as long as it holds the lease, and makes the
 * views of this link dark when the lease lapses or the line is lost. Nothing opens before the full set of holds has come.
 */
export class SignalLink {
  readonly #options: SignalLinkOptions;
  readonly #socket: Socket;
  readonly #lease: Lease;
  readonly #closedViews: ClosedViews;
  #syncedRevision: number | undefined;
  #renewEveryMs: number;
  #renewTimer: NodeJS.Timeout | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  /** How far signal's wall clock was ahead of this machine's when it last said so: proofs are dated by it. */
  #signalAheadMs = 0;
  /** The pass that was presented last. */
  #presented: string | undefined;
  readonly #passTimer: NodeJS.Timeout;
  #closed = false;

  constructor(options: SignalLinkOptions) {
    this.#options = options;
    this.#renewEveryMs = options.periods.lease.renewEveryMs;
    this.#closedViews = new ClosedViews(
      () => options.sfu.settled(),
      (views) => {
        if (this.#socket.connected) tell(this.#socket, sfuTells, 'views.closed', { views });
      },
    );
    this.#lease = new Lease(options.clock, () => this.#lapsed());
    this.#socket = io(`${options.url}${namespaces.sfu}`, {
      transports: ['websocket'],
      // Typed for browsers; in Node an agent it is.
      ...(options.signalCertificate !== undefined && { agent: new PinningAgent(options.signalCertificate) as never }),
      auth: (give) => void this.#introduction().then(give),
      reconnectionDelay: 200,
      reconnectionDelayMax: 2_000,
    });
    this.#socket.on('connect', () => this.#greet());
    this.#socket.on('disconnect', (reason) => this.#lost(reason));
    this.#socket.on('connect_error', (error: Error & { data?: unknown }) => {
      options.log.warn({ url: options.url }, `no link to signal yet: ${error.message}`);
      const { now } = wireError.safeParse(error.data).data ?? {};
      if (now !== undefined) this.#signalAheadMs = now - options.clock.now(); // PROOF_STALE
      this.#tryAgain();
    });
    this.#serve();
    this.#passTimer = setInterval(() => this.#presentNewPass(), lookForPassEveryMs);
  }

  /** Whether views may open: holds are known and the lease is held. */
  get ready(): boolean {
    return this.#syncedRevision !== undefined && this.#lease.held;
  }

  tellCamera(report: CameraReport): void {
    if (this.#socket.connected) tell(this.#socket, sfuTells, 'camera.changed', report);
  }

  tellCameraGone(camera: string): void {
    if (this.#socket.connected) tell(this.#socket, sfuTells, 'camera.gone', { camera });
  }

  tellGuard(): void {
    if (this.#socket.connected) tell(this.#socket, sfuTells, 'guard.changed', { onDuty: this.#options.guardOnDuty() });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retryTimer);
    clearInterval(this.#passTimer);
    this.#options.sfu.closeLink(this.#id, 'shutdown');
    this.#stopRenewing();
    this.#lease.drop();
    this.#socket.disconnect();
  }

  get #id(): string {
    return this.#options.url;
  }

  /** Empty when it cannot be read: signal refuses that, and it is read again at the next try. */
  async #introduction(): Promise<object> {
    const { readCredentials, log } = this.#options;
    try {
      return await this.#handshake(await readCredentials());
    } catch (error) {
      log.error({ err: error }, 'the pass of this SFU, or its key, cannot be read; trying again');
      return {};
    }
  }

  #handshake(credentials: Credentials): Promise<{ pass: string; proof: string }> {
    const { url, clock } = this.#options;
    this.#presented = credentials.pass;
    return makeHandshake(credentials, `${url}${namespaces.sfu}`, clock.now() + this.#signalAheadMs);
  }

  /** A connection ends with its pass. One that lies in the file by now takes its place, and no picture suffers. */
  async #presentNewPass(): Promise<void> {
    const { readCredentials, periods, log } = this.#options;
    if (!this.ready) return;
    const credentials = await readCredentials().catch(() => undefined); // it is being written, or gone: the present one is good still
    if (!credentials || credentials.pass === this.#presented) return;
    try {
      await ask(this.#socket, sfuAsks, 'renew', await this.#handshake(credentials), periods.link.askTimeoutMs);
      log.info({ url: this.#id }, 'signal has taken the new pass of this SFU over');
    } catch (error) {
      const isFinal = error instanceof PeekabooError && error.code !== 'PROOF_STALE' && errorCatalogue[error.code].status < 429;
      if (!isFinal) this.#presented = undefined; // tried again
      log.error({ url: this.#id, err: error }, 'signal has not taken the new pass of this SFU over; the link ends with the one before');
    }
  }

  /** socket.io tries again by itself, but not when it was signal that refused or ended the connection. */
  #tryAgain(): void {
    if (this.#closed || this.#socket.active) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#socket.connect(), this.#options.periods.link.retryMs);
  }

  async #greet(): Promise<void> {
    const { sfuId, sfu, cameraReports, periods, log } = this.#options;
    try {
      const { askTimeoutMs } = periods.link;
      await ask(this.#socket, sfuAsks, 'hello', { sfu: sfuId, cameras: cameraReports() }, askTimeoutMs);
      await this.#offer(sfu.holds.unconfirmed(this.#options.clock.monotonic()));
      this.tellGuard();
      log.info({ url: this.#id }, 'linked to signal');
    } catch (error) {
      log.error({ url: this.#id, err: error }, 'signal did not accept the greeting; trying again');
      this.#socket.disconnect();
      this.#tryAgain();
    }
  }

  async #offer(offered: readonly Hold[]): Promise<void> {
    const { sfu, periods } = this.#options;
    for (let at = 0; at < offered.length; at += holdsInOneOffer) {
      const holds = offered.slice(at, at + holdsInOneOffer).filter(({ id }) => sfu.holds.isUnconfirmed(id)); // the answer to the first may have been a full set
      if (holds.length > 0) await ask(this.#socket, sfuAsks, 'holds.offer', { holds }, periods.link.askTimeoutMs);
    }
  }

  /** The signal that ordered them may be gone, and this one may never have heard of them. */
  async #offerOverdue(): Promise<void> {
    const { sfu, clock, log } = this.#options;
    try {
      await this.#offer(sfu.holds.overdue(clock.monotonic()));
    } catch (error) {
      log.error(
        { url: this.#id, err: error },
        'signal did not take over holds that nobody has confirmed; they stay in force here, and are offered again',
      );
    }
  }

  #serve(): void {
    const { sfu, iceServers, log } = this.#options;
    serveAsks(
      this.#socket,
      sfuOrders,
      {
        'holds.sync': async ({ revision, holds }) => {
          await sfu.syncHolds(this.#id, revision, holds);
          this.#syncedRevision = Math.max(revision, this.#syncedRevision ?? 0); // one that took longer may end after a newer one
          setImmediate(() => this.#startRenewing()); // once signal has this answer, it grants the lease
          return { revision };
        },
        'view.open': async ({ view, subject, validForMs }) => {
          const request = { id: view, subject, validForMs };
          const offer = await sfu.open(request, this.#id, () => this.#refuseUnlessReady(), this.#viewEvents());
          return { offer, iceServers };
        },
        'view.answer': async ({ view, sdp, fingerprint }) => {
          await sfu.viewOf(this.#id, view).answer(sdp, fingerprint);
          return {};
        },
        'view.limit': ({ view, validForMs }) => {
          sfu.limit(this.#id, view, validForMs);
          return {};
        },
        'view.close': ({ view, reason }) => {
          sfu.close(this.#id, view, reason);
          return {};
        },
        cut: async ({ hold }) => {
          const orderedAt = this.#options.clock.monotonic();
          const viewsClosed = await sfu.cut(hold);
          const tookMs = this.#options.clock.monotonic() - orderedAt;
          log.warn({ hold: hold.id, scope: hold.scope.kind, viewsClosed, tookMs }, 'cut carried out');
          return { viewsClosed, tookMs };
        },
      },
      {
        maxInProgress: Number.POSITIVE_INFINITY, // a cut is never refused for being busy; what can pile up is bounded in Sfu
        onDefect: (error, order) => log.error({ order, err: error }, 'an order failed'),
      },
    );
  }

  #viewEvents(): ViewEvents {
    return {
      onConnected: ({ id }) => tell(this.#socket, sfuTells, 'view.connected', { view: id }),
      onClosed: ({ id }, reason) => this.#closedViews.add(id, reason),
    };
  }

  #refuseUnlessReady(): void {
    if (!this.ready) throw new PeekabooError('DARK');
  }

  #startRenewing(): void {
    if (!this.#socket.connected) return;
    this.#renewTimer ??= setInterval(() => this.#renew(), this.#renewEveryMs);
    void this.#renew();
  }

  async #renew(): Promise<void> {
    const revision = this.#syncedRevision;
    if (revision === undefined) return;
    const askedAt = this.#options.clock.monotonic();
    try {
      const grant = await ask(this.#socket, sfuAsks, 'lease.renew', { revision }, this.#options.periods.link.askTimeoutMs);
      if (grant.revision !== this.#syncedRevision) return; // holds changed meanwhile; the next renewal covers them
      const wasReady = this.ready;
      this.#lease.extend(askedAt, grant.forMs);
      this.#keepUpWith(grant.forMs);
      if (!wasReady && this.ready) this.#options.onState();
      void this.#offerOverdue();
    } catch (error) {
      this.#options.log.debug({ url: this.#id, err: error }, 'the lease was not renewed');
    }
  }

  /** signal's own file says how long a lease lasts; one that is shorter than this SFU's file expects is asked for more often. */
  #keepUpWith(forMs: number): void {
    if (3 * this.#renewEveryMs <= forMs) return;
    this.#renewEveryMs = Math.floor(forMs / 3);
    this.#stopRenewing();
    this.#renewTimer = setInterval(() => this.#renew(), this.#renewEveryMs);
  }

  #stopRenewing(): void {
    clearInterval(this.#renewTimer);
    this.#renewTimer = undefined;
  }

  #lapsed(): void {
    this.#options.log.error({ url: this.#id }, 'the lease lapsed; the views of this link are dark');
    this.#options.sfu.closeLink(this.#id, 'lease-lapsed');
    this.#options.onState();
  }

  #lost(reason: string): void {
    if (!this.#closed) this.#options.log.warn({ url: this.#id, reason }, 'link to signal lost; its views are dark');
    this.#stopRenewing();
    this.#lease.drop();
    this.#syncedRevision = undefined;
    this.#options.sfu.closeLink(this.#id, 'link-lost');
    this.#tryAgain();
    this.#options.onState();
  }
}
