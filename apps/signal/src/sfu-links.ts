import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@peekaboo/shared/clock';
import { certainlyDarkAt, longestLeaseMs } from '@peekaboo/shared/darkness';
import { PeekabooError } from '@peekaboo/shared/errors';
import { type CutAcknowledgement, earlierRun, type Hold } from '@peekaboo/shared/hold';
import type { Logger } from '@peekaboo/shared/log';
import type { CameraReport, CameraState } from '@peekaboo/shared/room';
import { SfuLink } from './sfu-link.ts';
import type { HoldSet } from './store/store.ts';

/** One SFU's part in a cut that was ordered. `darkByMs`: how long after the order it is certainly dark, by its leases. */
export type CutOrder = { sfu: string; darkByMs: number; acknowledged: Promise<CutAcknowledgement> };

export type SfuLinksOptions = {
  clock: Clock;
  log: Logger;
  /** How long a lease lasts from the SFU's question. */
  leaseMs: number;
  /** A lost SFU is forgotten after this time. */
  forgetAfterMs: number;
};

/** All SFUs that may be showing pictures. */
export class SfuLinks {
  readonly #links = new Map<string, SfuLink>();
  readonly #options: SfuLinksOptions;
  #earlierRunDarkAt = 0;

  constructor(options: SfuLinksOptions) {
    this.#options = options;
    void this.begin();
  }

  /**
   * SFUs can link from now on. A run of signal before this one, which ended before this one could listen where it did, may
   * have granted leases just then, to SFUs that nobody knows here: until the longest lease has certainly made them dark, they count as silent.
   * Resolves when they no longer do.
   */
  begin(): Promise<void> {
    const darkInMs = certainlyDarkAt(longestLeaseMs);
    this.#earlierRunDarkAt = this.#options.clock.monotonic() + darkInMs;
    return delay(darkInMs, undefined, { ref: false });
  }

  get all(): SfuLink[] {
    return [...this.#links.values()];
  }

  /** The link of this SFU, new or known. */
  of(id: string): SfuLink {
    const known = this.#links.get(id);
    if (known) return known;
    const link = new SfuLink(id, this.#options.clock, this.#options.leaseMs);
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
        this.#options.log.error(facts, 'the SFU refuses these holds: it has seen newer ones');
      } else this.#options.log.error({ sfu: link.id, err: error }, 'the SFU did not take the holds; it stays dark');
    });
  }

  /**
   * Orders a cut from every SFU at once, linked or lost. The orders are on their way when this returns; each promise resolves
   * when that SFU has acknowledged and is dark by leases of its earlier connections, or by all its leases. Leases granted
   * after the order do not count: an SFU gets none before it has taken the hold over.
   */
  orderCut(hold: Hold): CutOrder[] {
    const orderedAt = this.#options.clock.monotonic();
    const orders = this.all.map((sfu) => ({
      ...{ sfu: sfu.id, darkByMs: sfu.darkInMs },
      acknowledged: this.#orderOne(sfu, hold, orderedAt),
    }));
    const earlierRunMs = this.#earlierRunDarkAt - orderedAt;
    if (earlierRunMs <= 0) return orders;
    return [...orders, { sfu: earlierRun, darkByMs: earlierRunMs, acknowledged: this.#lapsed(earlierRun, orderedAt, earlierRunMs) }];
  }

  async #orderOne(sfu: SfuLink, hold: Hold, orderedAt: number): Promise<CutAcknowledgement> {
    const lapsed = this.#lapsed(sfu.id, orderedAt, sfu.darkInMs);
    const earlierLapsed = this.#lapsed(sfu.id, orderedAt, sfu.earlierDarkInMs);
    const ordered = sfu.order('cut', { hold }).then(
      async (reply) => {
        await earlierLapsed; // it speaks for its own connection only
        return { sfu: sfu.id, state: 'dark' as const, ...reply, afterMs: this.#options.clock.monotonic() - orderedAt };
      },
      () => lapsed, // refused or silent: only the lease is certain
    );
    return Promise.race([ordered, lapsed]);
  }

  /** Resolves `darkByMs` after the order. */
  async #lapsed(sfu: string, orderedAt: number, darkByMs: number): Promise<CutAcknowledgement> {
    const { clock } = this.#options;
    const afterMs = () => clock.monotonic() - orderedAt;
    while (afterMs() < darkByMs) await delay(darkByMs - afterMs());
    return { sfu, state: 'lapsed', afterMs: afterMs() };
  }

  /** Forgets SFUs that have been lost for long, and are certainly dark. */
  forgetLost(): void {
    for (const link of this.all) {
      if ((link.lostForMs ?? 0) < this.#options.forgetAfterMs || link.darkInMs > 0) continue;
      this.#links.delete(link.id);
      this.#options.log.warn({ sfu: link.id }, 'this SFU has been lost for so long that it is forgotten; it may link again at any time');
    }
  }
}
