import { setTimeout as delay } from 'node:timers/promises';
import { type AskReply, ask } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { CutAcknowledgement, Hold } from '@peekaboo/shared/hold';
import type { Logger } from '@peekaboo/shared/log';
import type { CameraReport, CameraState } from '@peekaboo/shared/room';
import { sfuOrders } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { HoldSet } from './store/store.ts';

const orderTimeoutMs = 5_000;

type Orders = typeof sfuOrders;

/** One SFU as signal knows it, from its first greeting on; it stays known when its link is lost, since its lease may last. */
export class SfuLink {
  readonly id: string;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #socket: Socket | undefined;
  #syncedRevision: number | undefined;
  #leaseUntil = 0;
  readonly #cameras = new Map<string, CameraReport>();

  /** @param leaseMs how long a lease lasts from the SFU's question; also how long a silent SFU can possibly go on sending. */
  constructor(id: string, clock: Clock, leaseMs: number) {
    this.id = id;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  get state(): 'ready' | 'dark' | 'lost' {
    if (!this.#socket) return 'lost';
    return this.#syncedRevision === undefined ? 'dark' : 'ready';
  }

  get cameras(): ReadonlyMap<string, CameraReport> {
    return this.#cameras;
  }

  /** Milliseconds for which this SFU may still be showing pictures by its last lease; 0 when it has certainly lapsed. */
  get leaseLeftMs(): number {
    return Math.max(0, this.#leaseUntil - this.#clock.monotonic());
  }

  /** A new connection takes the place of an older one of the same SFU. */
  connect(socket: Socket, cameras: readonly CameraReport[]): void {
    this.#socket?.disconnect(true);
    this.#socket = socket;
    this.#syncedRevision = undefined;
    this.#cameras.clear();
    for (const camera of cameras) this.#cameras.set(camera.camera, camera);
  }

  /** Returns whether this socket was the current one. */
  disconnect(socket: Socket): boolean {
    if (this.#socket !== socket) return false;
    this.#socket = undefined;
    this.#syncedRevision = undefined;
    this.#cameras.clear();
    return true;
  }

  updateCamera(report: CameraReport): void {
    this.#cameras.set(report.camera, report);
  }

  /** Brings the SFU's holds up to this set. It may open views once this has resolved and its next lease is granted. */
  async sync({ revision, holds }: HoldSet): Promise<void> {
    const socket = this.#socket;
    try {
      await this.order('holds.sync', { revision, holds });
    } catch (error) {
      if (socket === this.#socket && error instanceof PeekabooError) this.#syncedRevision = undefined;
      throw error;
    }
    if (socket === this.#socket) this.#syncedRevision = Math.max(revision, this.#syncedRevision ?? 0); // answers may overtake each other
  }

  /** Whether the SFU is known to have the holds of this revision. */
  isAt(revision: number): boolean {
    return this.#syncedRevision === revision;
  }

  /**
   * Grants the lease to an SFU whose holds are those of `revision`.
   * @throws PeekabooError DARK when its holds are older; they are on their way, and it asks again.
   */
  grant(revision: number): { revision: number; forMs: number } {
    if (!this.isAt(revision)) throw new PeekabooError('DARK');
    this.#leaseUntil = this.#clock.monotonic() + this.#leaseMs; // the SFU counts from its question, so it ends no later
    return { revision, forMs: this.#leaseMs };
  }

  /** Gives an order and waits for it to be carried out. @throws PeekabooError when refused or not linked, NoReplyError. */
  order<K extends keyof Orders & string>(
    name: K,
    request: Parameters<typeof ask<Orders, K>>[3],
    timeoutMs = orderTimeoutMs,
  ): Promise<AskReply<Orders[K]>> {
    if (!this.#socket) return Promise.reject(new PeekabooError('SFU_UNAVAILABLE'));
    return ask(this.#socket, sfuOrders, name, request, timeoutMs);
  }
}

/** All SFUs that may be showing pictures. */
export class SfuLinks {
  readonly #links = new Map<string, SfuLink>();
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #leaseMs: number;

  constructor(clock: Clock, log: Logger, leaseMs: number) {
    this.#clock = clock;
    this.#log = log;
    this.#leaseMs = leaseMs;
  }

  get all(): SfuLink[] {
    return [...this.#links.values()];
  }

  /** The link of this SFU, new or known. */
  of(id: string): SfuLink {
    const known = this.#links.get(id);
    if (known) return known;
    const link = new SfuLink(id, this.#clock, this.#leaseMs);
    this.#links.set(id, link);
    return link;
  }

  /** The SFU to watch a room on: one that is ready and has a camera there. @throws PeekabooError SFU_UNAVAILABLE. */
  forRoom(room: string): SfuLink {
    const link = this.all.find(({ state, cameras }) => state === 'ready' && [...cameras.values()].some((camera) => camera.room === room));
    if (!link) throw new PeekabooError('SFU_UNAVAILABLE');
    return link;
  }

  camerasIn(room: string): CameraReport[] {
    return this.all.flatMap(({ cameras }) => [...cameras.values()].filter((camera) => camera.room === room));
  }

  cameraStatesIn(room: string): CameraState[] {
    return this.camerasIn(room).map(({ state }) => state);
  }

  /** Brings every linked SFU up to this set of holds; one that refuses or is silent stays dark, and it is logged. */
  async syncAll(set: HoldSet): Promise<void> {
    await Promise.all(this.all.filter(({ state }) => state !== 'lost').map((link) => this.sync(link, set)));
  }

  async sync(link: SfuLink, set: HoldSet): Promise<void> {
    await link.sync(set).catch((error) => {
      if (error instanceof PeekabooError && error.code === 'REVISION_REGRESSED') {
        const facts = { sfu: link.id, sfuRevision: error.facts.knownRevision, storeRevision: set.revision };
        this.#log.error(facts, 'ALARM: the store is older than what this SFU has seen; it stays dark. See docs/operations.md, "The store"');
      } else this.#log.error({ sfu: link.id, err: error }, 'the SFU did not take the holds; it stays dark');
    });
  }

  /**
   * Orders a cut from every SFU at once, linked or lost. The orders are on their way when this returns; each promise
   * resolves when that SFU has acknowledged, or when its lease has certainly lapsed without.
   */
  orderCut(hold: Hold): { sfu: SfuLink; acknowledged: Promise<CutAcknowledgement> }[] {
    const orderedAt = this.#clock.monotonic();
    return this.all.map((sfu) => ({ sfu, acknowledged: this.#orderOne(sfu, hold, orderedAt) }));
  }

  async #orderOne(sfu: SfuLink, hold: Hold, orderedAt: number): Promise<CutAcknowledgement> {
    const lapsed = this.#lapse(sfu);
    const ordered = sfu.order('cut', { hold }).catch(() => lapsed); // refused or silent: only the lease is certain
    const reply = await Promise.race([ordered, lapsed]);
    const afterMs = this.#clock.monotonic() - orderedAt;
    return reply ? { sfu: sfu.id, state: 'dark', ...reply, afterMs } : { sfu: sfu.id, state: 'lapsed', afterMs };
  }

  /** Resolves when this SFU's lease has lapsed, however often it is renewed until then. */
  async #lapse(sfu: SfuLink): Promise<undefined> {
    while (sfu.leaseLeftMs > 0) await delay(sfu.leaseLeftMs);
  }
}
