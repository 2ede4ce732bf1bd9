import type { CutAcknowledgement, Hold, UnsignedReceipt } from '@peekaboo/shared/hold';
import type { SfuLink } from './sfu-links.ts';

/** A receipt while its parts come in. */
export class ReceiptInProgress {
  /** Every SFU is dark, and the cut is on disk, hold and ledger. */
  readonly confirmed: Promise<UnsignedReceipt>;
  readonly #id: string;
  readonly #hold: Hold;
  readonly #elapsedMs: () => number;
  readonly #acknowledgements = new Map<SfuLink, CutAcknowledgement | undefined>();
  #durable = false;

  constructor(
    id: string,
    hold: Hold,
    orders: { sfu: SfuLink; acknowledged: Promise<CutAcknowledgement> }[],
    saved: Promise<unknown>,
    elapsedMs: () => number,
  ) {
    this.#id = id;
    this.#hold = hold;
    this.#elapsedMs = elapsedMs;
    const acknowledged = orders.map(async ({ sfu, acknowledged }) => {
      this.#acknowledgements.set(sfu, undefined);
      this.#acknowledgements.set(sfu, await acknowledged);
    });
    const durable = saved.then(() => {
      this.#durable = true;
    });
    this.confirmed = Promise.all([durable, ...acknowledged]).then(() => this.#now('confirmed'));
  }

  /** What is known so far. */
  unconfirmed(): UnsignedReceipt {
    return this.#now('not-confirmed');
  }

  #now(state: UnsignedReceipt['state']): UnsignedReceipt {
    const acknowledgements = [...this.#acknowledgements].map(
      ([sfu, acknowledgement]) =>
        acknowledgement ?? { sfu: sfu.id, state: 'silent' as const, darkByMs: this.#elapsedMs() + sfu.leaseLeftMs },
    );
    return {
      id: this.#id,
      hold: this.#hold,
      state,
      durable: this.#durable,
      viewsClosed: acknowledgements.reduce((sum, each) => sum + (each.state === 'dark' ? each.viewsClosed : 0), 0),
      totalMs: this.#elapsedMs(),
      acknowledgements,
    };
  }
}
