import type { sfuAlarmKind } from '@peekaboo/shared/alarm';
import { type AskReply, ask } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { CameraReport } from '@peekaboo/shared/room';
import { sfuOrders } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { HoldSet } from './store/store.ts';

const orderTimeoutMs = 5_000;

type Orders = typeof sfuOrders;

/** `since` in milliseconds since the Unix epoch. */
export type SfuTrouble = { kind: z.infer<typeof sfuAlarmKind>; since: number };

/** One SFU as signal knows it, from its first greeting on; it stays known when its link is lost, since its lease may last. */
export class SfuLink {
  readonly id: string;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #socket: Socket | undefined;
  #syncedRevision: number | undefined;
  /** When the newest lease lapses that was granted on the present connection, and on those before, by the monotonic clock. */
  #leaseUntil = 0;
  #earlierLeaseUntil = 0;
  #askedForLeaseAt = 0;
  /** When it was linked, lost, or without the holds, whichever came last; by the monotonic clock. */
  #changedAt: number;
  #aheadOfStore = false;
  #unguardedSince: number | undefined;
  readonly #cameras = new Map<string, CameraReport>();

  /** @param leaseMs how long a lease lasts from the SFU's question; also how long a silent SFU can possibly go on sending. */
  constructor(id: string, clock: Clock, leaseMs: number) {
    this.id = id;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#changedAt = clock.monotonic();
  }

  get state(): 'ready' | 'dark' | 'lost' {
    if (!this.#socket) return 'lost';
    return this.#syncedRevision === undefined ? 'dark' : 'ready';
  }

  get cameras(): ReadonlyMap<string, CameraReport> {
    return this.#cameras;
  }

  /** Milliseconds for which it may still be showing pictures by its leases; 0 when they have certainly lapsed. */
  get leaseLeftMs(): number {
    return Math.max(this.earlierLeaseLeftMs, this.#leaseUntil - this.#clock.monotonic());
  }

  /** The same for leases granted on earlier connections: those may have been another process's, which only the lease ends. */
  get earlierLeaseLeftMs(): number {
    return Math.max(0, this.#earlierLeaseUntil - this.#clock.monotonic());
  }

  /** How long its connection has been lost, in milliseconds; undefined while it is linked. */
  get lostForMs(): number | undefined {
    return this.#socket ? undefined : this.#clock.monotonic() - this.#changedAt;
  }

  /** What has been wrong with it for longer than a lease lasts, and since when by the wall clock. */
  get trouble(): SfuTrouble | undefined {
    const now = this.#clock.monotonic();
    const sinceWhen = (at: number) => this.#clock.now() - (now - at);
    if (this.#socket && this.#aheadOfStore) return { kind: 'sfu-ahead-of-store', since: sinceWhen(this.#changedAt) };
    if (now - this.#changedAt < this.#leaseMs) return undefined;
    if (!this.#socket) return { kind: 'sfu-lost', since: sinceWhen(this.#changedAt) };
    if (this.#unguardedSince !== undefined && now - this.#unguardedSince > this.#leaseMs)
      return { kind: 'sfu-unguarded', since: sinceWhen(this.#unguardedSince) };
    if (this.#syncedRevision === undefined) return { kind: 'sfu-dark', since: sinceWhen(this.#changedAt) };
    if (now - this.#askedForLeaseAt > this.#leaseMs) return { kind: 'sfu-silent', since: sinceWhen(this.#askedForLeaseAt) };
    return this.leaseLeftMs > 0 ? undefined : { kind: 'sfu-dark', since: sinceWhen(this.#leaseUntil) };
  }

  /** A new connection takes the place of an older one of the same SFU. Returns whether there still was one. */
  connect(socket: Socket, cameras: readonly CameraReport[]): boolean {
    const displaced = this.#socket !== undefined;
    this.#socket?.disconnect(true);
    this.#socket = socket;
    this.#earlierLeaseUntil = Math.max(this.#earlierLeaseUntil, this.#leaseUntil);
    this.#leaseUntil = 0;
    this.#askedForLeaseAt = this.#clock.monotonic();
    this.#changedAt = this.#clock.monotonic();
    this.#aheadOfStore = false;
    this.#unguardedSince = undefined;
    this.#syncedRevision = undefined;
    this.#cameras.clear();
    for (const camera of cameras) this.#cameras.set(camera.camera, camera);
    return displaced;
  }

  /** Returns whether this socket was the current one. */
  disconnect(socket: Socket): boolean {
    if (this.#socket !== socket) return false;
    this.#socket = undefined;
    this.#changedAt = this.#clock.monotonic();
    this.#syncedRevision = undefined;
    this.#cameras.clear();
    return true;
  }

  /** Whether its media workers are under the eyes of a guard; without one it runs none. */
  guardChanged(onDuty: boolean): void {
    this.#unguardedSince = onDuty ? undefined : (this.#unguardedSince ?? this.#clock.monotonic());
  }

  updateCamera(report: CameraReport): void {
    this.#cameras.set(report.camera, report);
  }

  forgetCamera(camera: string): void {
    this.#cameras.delete(camera);
  }

  /** Brings the SFU's holds up to this set. It may open views once this has resolved and its next lease is granted. */
  async sync({ revision, holds }: HoldSet): Promise<void> {
    const socket = this.#socket;
    try {
      await this.order('holds.sync', { revision, holds });
    } catch (error) {
      if (socket === this.#socket && error instanceof PeekabooError) {
        if (this.#syncedRevision !== undefined) this.#changedAt = this.#clock.monotonic();
        this.#syncedRevision = undefined;
        this.#aheadOfStore = error.code === 'REVISION_REGRESSED';
      }
      throw error;
    }
    if (socket !== this.#socket) return;
    this.#syncedRevision = Math.max(revision, this.#syncedRevision ?? 0); // answers may overtake each other
    this.#aheadOfStore = false;
  }

  /** Whether the SFU is known to have the holds of this revision. */
  isAt(revision: number): boolean {
    return this.#syncedRevision === revision;
  }

  /** It asks for its lease, whether or not it is granted: it is alive. */
  asked(): void {
    this.#askedForLeaseAt = this.#clock.monotonic();
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
