import type { sfuAlarmKind } from '@peekaboo/shared/alarm';
import { type AskReply, ask } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { certainlyDarkAt } from '@peekaboo/shared/darkness';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Pass } from '@peekaboo/shared/pass';
import type { CameraReport } from '@peekaboo/shared/room';
import { sfuOrders } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { z } from 'zod';
import type { HoldSet } from './store/store.ts';

const orderTimeoutMs = 5_000;

type Orders = typeof sfuOrders;

/** `since` in milliseconds since the Unix epoch. */
export type SfuTrouble = { kind: z.infer<typeof sfuAlarmKind>; since: number };

/** When the pass of a linked SFU was made, and when it ends: milliseconds since the Unix epoch. */
export type SfuPass = { issuedAt: number; endsAt: number };

/** One SFU as signal knows it, from its first greeting on; it stays known when its link is lost, since its lease may last. */
export class SfuLink {
  readonly id: string;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #socket: Socket | undefined;
  #syncedRevision: number | undefined;
  /** When the newest lease lapses that was granted on the present connection, and on those before, by the monotonic clock. */
  #leaseUntil = Number.NEGATIVE_INFINITY;
  #earlierLeaseUntil = Number.NEGATIVE_INFINITY;
  #askedForLeaseAt = 0;
  /** By the monotonic clock, as what follows. */
  readonly #knownAt: number;
  #lostAt: number;
  /** Since when it refuses the holds, for having seen newer ones. */
  #aheadOfStoreSince: number | undefined;
  #unguardedSince: number | undefined;
  #pass: SfuPass | undefined;
  readonly #cameras = new Map<string, CameraReport>();

  /** @param leaseMs how long a lease lasts from the SFU's question. */
  constructor(id: string, clock: Clock, leaseMs: number) {
    this.id = id;
    this.#clock = clock;
    this.#leaseMs = leaseMs;
    this.#knownAt = clock.monotonic();
    this.#lostAt = this.#knownAt;
  }

  get state(): 'ready' | 'dark' | 'lost' {
    if (!this.#socket) return 'lost';
    return this.#syncedRevision === undefined ? 'dark' : 'ready';
  }

  get cameras(): ReadonlyMap<string, CameraReport> {
    return this.#cameras;
  }

  /** Milliseconds for which it may still be showing pictures by its leases; 0 when it is certainly dark. */
  get darkInMs(): number {
    return Math.max(this.earlierDarkInMs, certainlyDarkAt(this.#leaseUntil) - this.#clock.monotonic());
  }

  /** The same for leases granted on earlier connections: those may have been another process's, which only the lease ends. */
  get earlierDarkInMs(): number {
    return Math.max(0, certainlyDarkAt(this.#earlierLeaseUntil) - this.#clock.monotonic());
  }

  /** How long its connection has been lost, in milliseconds; undefined while it is linked. */
  get lostForMs(): number | undefined {
    return this.#socket ? undefined : this.#clock.monotonic() - this.#lostAt;
  }

  /** The pass of its present connection; undefined while it is lost. */
  get pass(): SfuPass | undefined {
    return this.#socket && this.#pass;
  }

  /** It presented this pass, as it connected or later. */
  presented({ iat, exp }: Pick<Pass, 'iat' | 'exp'>): void {
    this.#pass = { issuedAt: iat * 1_000, endsAt: exp * 1_000 };
  }

  /**
   * What has been wrong with it for longer than a lease lasts, and since when by the wall clock. Judged by when it last held a lease:
   * one that links and is lost again and again is as dark as one that is lost.
   */
  get trouble(): SfuTrouble | undefined {
    const now = this.#clock.monotonic();
    const lastsLong = (since: number | undefined): since is number => since !== undefined && now - since >= this.#leaseMs;
    const trouble = (kind: SfuTrouble['kind'], since: number) => ({ kind, since: this.#clock.now() - (now - since) });
    if (this.#socket && lastsLong(this.#aheadOfStoreSince)) return trouble('sfu-ahead-of-store', this.#aheadOfStoreSince);
    if (this.#socket && lastsLong(this.#unguardedSince)) return trouble('sfu-unguarded', this.#unguardedSince);
    const heldUntil = Math.max(this.#knownAt, this.#leaseUntil, this.#earlierLeaseUntil);
    if (!lastsLong(this.#knownAt) || this.darkInMs > 0) return undefined;
    if (!this.#socket) return trouble('sfu-lost', heldUntil);
    if (this.#syncedRevision !== undefined && lastsLong(this.#askedForLeaseAt)) return trouble('sfu-silent', this.#askedForLeaseAt);
    return trouble('sfu-dark', heldUntil);
  }

  /** A new connection takes the place of an older one of the same SFU. Returns whether there still was one. */
  connect(socket: Socket, cameras: readonly CameraReport[]): boolean {
    const displaced = this.#socket !== undefined;
    this.#socket?.disconnect(true);
    this.#socket = socket;
    this.#earlierLeaseUntil = Math.max(this.#earlierLeaseUntil, this.#leaseUntil);
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#askedForLeaseAt = this.#clock.monotonic();
    this.#aheadOfStoreSince = undefined;
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
    this.#lostAt = this.#clock.monotonic();
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
        this.#syncedRevision = undefined;
        this.#aheadOfStoreSince = error.code === 'REVISION_REGRESSED' ? (this.#aheadOfStoreSince ?? this.#clock.monotonic()) : undefined;
      }
      throw error;
    }
    if (socket !== this.#socket) return;
    this.#syncedRevision = Math.max(revision, this.#syncedRevision ?? 0); // answers may overtake each other
    this.#aheadOfStoreSince = undefined;
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
