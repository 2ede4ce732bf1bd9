import type { CutAcknowledgement, Hold, UnsignedReceipt } from '@peekaboo/shared/hold';
import type { CutOrder } from './sfu-links.ts';

/** A receipt while its parts come in. */
export class ReceiptInProgress {
  /** Every SFU is dark, and the cut is on disk, hold and ledger. */
  readonly confirmed: Promise<UnsignedReceipt>;
  readonly #id: string;
  readonly #hold: Hold;
  readonly #elapsedMs: () => number;
  readonly #acknowledgements = new Map<CutOrder, CutAcknowledgement>();
  #durable = false;

  constructor(id: string, hold: Hold, orders: CutOrder[], saved: Promise<unknown>, elapsedMs: () => number) {
    this.#id = id;
    this.#hold = hold;
    this.#elapsedMs = elapsedMs;
    const acknowledged = orders.map(async (order) => {
      const { sfu, darkByMs } = order;
      this.#acknowledgements.set(order, { sfu, state: 'silent', darkByMs });
      this.#acknowledgements.set(order, await order.acknowledged);
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
    const acknowledgements = [...this.#acknowledgements.values()];
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
