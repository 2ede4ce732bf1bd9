import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import { type Hold, type Receipt, type RevocationScope, receiptType, type Scope, type UnsignedReceipt } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';
import { newId } from '@peekaboo/shared/ids';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import type { Periods } from '@peekaboo/shared/periods';
import type { Ledger } from './audit/ledger.ts';
import type { Issuer } from './identity/issuer.ts';
import type { KnownEdits } from './known-edits.ts';
import { KnownHolds } from './known-holds.ts';
import { ReceiptInProgress } from './receipt-in-progress.ts';
import type { SfuLink } from './sfu-link.ts';
import type { SfuLinks } from './sfu-links.ts';
import type { HoldSet, Lift, Store } from './store/store.ts';

/** Pages are told of a cut once staff were answered, and after this time if that takes longer. */
const tellPagesAfterMs = 100;

export type HoldsOptions = {
  store: Store;
  /** What else shares their revision. */
  edits: readonly Pick<KnownEdits<never>, 'read'>[];
  ledger: Ledger;
  /** Signs receipts. */
  sign: Issuer['sign'];
  sfuLinks: SfuLinks;
  clock: Clock;
  log: Logger;
  /** `cut.answerWithinMs`: a cut is confirmed within milliseconds; after this long staff are told that it is not yet. */
  periods: Pick<Periods, 'cut' | 'store'>;
  /** Called synchronously as soon as a hold is in force or lifted: tell viewers, admit again. */
  onChange: () => void;
  /** A receipt that was answered as not confirmed has changed. */
  onReceipt: (receipt: Receipt) => void;
};

/** The holds in force: cut makes one, only lift ends it. */
export class Holds {
  readonly #options: HoldsOptions;
  readonly #known: KnownHolds;
  /** In force from the moment of the cut, and not yet known to be durable. */
  readonly #unsaved = new Map<string, Hold>();
  #unsavedSince: number | undefined;
  /** Of this set and all that is unsaved. */
  #index: { of: HoldSet; holds: HoldIndex } | undefined;

  constructor(options: HoldsOptions) {
    this.#options = options;
    this.#known = new KnownHolds(options.store, options.clock, options.log, options.edits);
  }

  /** Since when a hold is in force that could not be written; by the wall clock. */
  get unsavedSince(): number | undefined {
    return this.#unsavedSince;
  }

  /** When the store was last seen to be older than what is known here; by the wall clock. */
  get storeWentBackAt(): number | undefined {
    return this.#known.storeWentBackAt;
  }

  /** Every hold in force. Undefined until the store could be read: nobody may watch then. */
  get inForce(): HoldIndex | undefined {
    const { set } = this.#known;
    if (!set) return undefined;
    if (this.#index?.of !== set) this.#index = { of: set, holds: new HoldIndex([...set.holds, ...this.#unsaved.values()]) };
    return this.#index.holds;
  }

  /**
   * Whether this pass, or the person who holds it, was revoked. Undefined until the store could be read. An SFU is no person: its name
   * is a word out of a file that a person may have as well, and without it the nursery is dark. One of its passes can be revoked.
   */
  revoked({ nursery, role, sub, jti }: Pick<Pass, 'nursery' | 'role' | 'sub' | 'jti'>): boolean | undefined {
    return this.inForce?.revokes({ nursery, ...(role !== 'sfu' && { guardian: sub }), pass: jti });
  }

  /** Reads the holds for the first time, and again until that succeeds; then follows what others change. Resolves after the first try. */
  async start(): Promise<void> {
    this.#options.store.onChange((revision) => {
      if (revision !== undefined && revision === this.#known.set?.revision) return;
      void this.load().catch((error) => this.#options.log.error({ err: error }, 'the holds could not be read; the next lease asks again'));
    });
    await this.load().catch((error: unknown) => {
      this.#options.log.error({ err: error }, 'the holds could not be read; everything is dark until they can');
      void this.#loadUntilRead();
    });
  }

  /** Reads the holds from the store and brings the SFUs up to them. */
  async load(): Promise<void> {
    const set = await this.#known.read();
    this.#options.onChange();
    await this.#options.sfuLinks.syncAll(set);
    this.#options.onChange(); // an SFU that was dark may be ready now
  }

  /**
   * Makes everything in the scope dark: orders it from every SFU, writes the hold and tells the ledger, at the same time. None
   * waits for another. Resolves when it is confirmed, or after `cut.answerWithinMs` with what is known by then; `onReceipt` tells the rest.
   */
  cut(scope: Scope, reason: string, by: string): Promise<Receipt> {
    return this.#cut({ id: newId('hold'), scope, reason, by, at: this.#options.clock.now() });
  }

  /** A cut for good: its hold cannot be lifted. */
  revoke(scope: RevocationScope, reason: string, by: string): Promise<Receipt> {
    return this.#cut({ id: newId('hold'), scope, reason, by, at: this.#options.clock.now(), final: true });
  }

  async #cut(hold: Hold): Promise<Receipt> {
    const { clock, sfuLinks, ledger, log, periods, onChange, onReceipt } = this.#options;
    const orderedAt = clock.monotonic();
    this.#putInForce(hold);
    const orders = sfuLinks.orderCut(hold);
    const id = newId('receipt');
    // The orders leave this machine before the disk is asked.
    const told = { kind: hold.final ? 'revoked' : 'cut', actor: hold.by, subject: hold.id, detail: { receipt: id, hold } } as const;
    const saved = setImmediate().then(() => Promise.all([ledger.recordDurably(told), this.#save(hold)]));

    const receipt = new ReceiptInProgress(id, hold, orders, saved, () => clock.monotonic() - orderedAt);
    const confirmed = receipt.confirmed.then((parts) => this.#confirm(parts));
    // To tell some hundred pages takes longer than to make them dark.
    void Promise.race([confirmed, after(tellPagesAfterMs)])
      .then(() => setImmediate())
      .then(onChange);
    const answer = await Promise.race([confirmed, after(periods.cut.answerWithinMs).then(() => this.#signed(receipt.unconfirmed()))]);
    if (answer.state === 'not-confirmed') {
      log.error({ receipt: answer.id, acknowledgements: answer.acknowledgements, durable: answer.durable }, 'cut not confirmed yet');
      void confirmed.then(onReceipt);
    }
    return answer;
  }

  /** Ends a hold; resolves once store and ledger have it on disk, and pictures may open again. @throws PeekabooError HOLD_UNKNOWN, HOLD_FINAL, STORE_UNAVAILABLE: also when the ledger is not writable. */
  async lift(lift: Lift): Promise<void> {
    const { store, ledger } = this.#options;
    if (!ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
    await this.#known.read(); // a store that has lost the hold is given it back, so that it can be lifted
    const revision = await store.lift(lift);
    await ledger.recordDurably({ kind: 'lifted', actor: lift.by, subject: lift.hold, detail: { reason: lift.reason, revision } });
    await this.load();
  }

  /** Takes over holds that an SFU latched and never saw confirmed: a signal died between the order and the write. Those that are known here are confirmed to it. */
  adopt(offered: readonly Hold[], from: SfuLink): void {
    const known = new Set(this.#known.set?.holds.map(({ id }) => id));
    if (offered.some(({ id }) => known.has(id))) void this.sync(from);
    for (const hold of offered) if (!known.has(hold.id) && !this.#unsaved.has(hold.id)) this.#adopt(hold, from);
  }

  #adopt(hold: Hold, from: SfuLink): void {
    this.#putInForce(hold);
    this.#options.onChange();
    this.#options.ledger.record({ kind: 'cut.adopted', actor: from.id, subject: hold.id, detail: { hold } });
    this.#options.sfuLinks.orderCut(hold); // the other SFUs may never have heard of it
    void this.#save(hold)
      .then(() => this.#letGoIfLifted(hold, from))
      .catch((error) => this.#options.log.error({ hold: hold.id, err: error }, 'the holds could not be read; the next lease asks again'));
  }

  /** Staff have lifted it while that SFU was away: a set that names it, and one that does not, let it go there. */
  async #letGoIfLifted(hold: Hold, at: SfuLink): Promise<void> {
    const { set } = this.#known;
    if (!set || set.holds.some(({ id }) => id === hold.id)) return;
    await this.#options.sfuLinks.syncAll({ revision: set.revision, holds: [...set.holds, hold] });
    this.#options.log.warn({ sfu: at.id, hold: hold.id }, 'a hold that was lifted meanwhile is let go');
    await this.load();
  }

  /**
   * Grants an SFU its lease, while the store can be read, no hold waits to be written, and the ledger can be written or has
   * not been unwritable for long.
   * @throws PeekabooError STORE_UNAVAILABLE, DARK.
   */
  async grantLease(sfu: SfuLink): Promise<{ revision: number; forMs: number }> {
    if (this.#options.ledger.graceIsOver) throw new PeekabooError('STORE_UNAVAILABLE');
    const revision = await this.#options.store.revision();
    if (this.#known.set?.revision !== revision) await this.load();
    if (!this.#known.set) throw new PeekabooError('STORE_UNAVAILABLE');
    if (!sfu.isAt(this.#known.set.revision)) await this.sync(sfu); // it did not answer when it was brought up to them
    if (this.#unsaved.size > 0) throw new PeekabooError('STORE_UNAVAILABLE'); // last: a receipt counts on no lease being granted after its order
    return sfu.grant(this.#known.set.revision);
  }

  /** Brings one SFU that has just linked up to the holds in force. */
  async sync(sfu: SfuLink): Promise<void> {
    const set = await this.#known.read().catch(() => this.#known.set); // as new as can be: an older set would look like a store that went back
    if (set) await this.#options.sfuLinks.sync(sfu, set);
  }

  /** The receipt itself goes into the ledger, and only once it is on disk there does anybody read "confirmed". */
  async #confirm(parts: UnsignedReceipt): Promise<Receipt> {
    const { ledger, log } = this.#options;
    const receipt = await this.#signed(parts);
    await ledger.recordDurably({ kind: 'cut.confirmed', actor: receipt.hold.by, subject: receipt.hold.id, detail: { receipt } });
    ledger.signHead();
    log.warn({ receipt: receipt.id, viewsClosed: receipt.viewsClosed, totalMs: receipt.totalMs }, 'cut confirmed');
    return receipt;
  }

  async #signed(receipt: UnsignedReceipt): Promise<Receipt> {
    return { ...receipt, signature: await this.#options.sign(receipt, receiptType) };
  }

  #putInForce(hold: Hold): void {
    this.#unsaved.set(hold.id, hold);
    this.#index = undefined;
  }

  /** Writes until it is written: a hold that is in force and would not survive a restart is a danger. */
  async #save(hold: Hold): Promise<void> {
    for (;;) {
      try {
        await this.#options.store.addHold(hold);
        const set = await this.#known.read();
        this.#unsaved.delete(hold.id);
        if (this.#unsaved.size === 0) this.#unsavedSince = undefined;
        this.#index = undefined;
        void this.#options.sfuLinks.syncAll(set);
        return;
      } catch (error) {
        this.#unsavedSince ??= this.#options.clock.now();
        this.#options.log.error({ hold: hold.id, err: error }, 'the hold could not be written; no lease is granted until it is');
        await after(this.#options.periods.store.retryMs);
      }
    }
  }

  async #loadUntilRead(): Promise<void> {
    while (!this.#known.set) {
      await after(this.#options.periods.store.retryMs);
      await this.load().catch(() => undefined);
    }
  }
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
