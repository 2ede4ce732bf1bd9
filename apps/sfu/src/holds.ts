import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold, ViewSubject } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';

/**
 * The holds this SFU obeys. A hold ordered by a cut is latched at once, before it is known to be durable; only a full set
 * that names it, and a later one that does not, lets it go. What was latched and never confirmed is offered to signal
 * again at the next link, so that no cut is lost between two signals.
 */
export class Holds {
  readonly #confirmed = new Map<string, Hold>();
  readonly #unconfirmed = new Map<string, Hold>();
  #revision = 0;
  #index: HoldIndex | undefined;

  /** The highest revision of the full set seen since this process began. */
  get revision(): number {
    return this.#revision;
  }

  get unconfirmed(): Hold[] {
    return [...this.#unconfirmed.values()];
  }

  /** Takes effect synchronously: from here on nothing that it covers can open. */
  latch(hold: Hold): void {
    if (!this.#confirmed.has(hold.id)) this.#unconfirmed.set(hold.id, hold);
    this.#index = undefined;
  }

  /**
   * Replaces the confirmed holds by signal's full set.
   * @throws PeekabooError REVISION_REGRESSED when the set is older than one already seen: the store went back in time. What was
   * confirmed by it may be lost there, so from now on it counts as unconfirmed, however far that store gets by itself.
   */
  sync(revision: number, holds: readonly Hold[]): void {
    this.#index = undefined;
    if (revision < this.#revision) {
      for (const hold of this.#confirmed.values()) this.#unconfirmed.set(hold.id, hold);
      throw new PeekabooError('REVISION_REGRESSED', { knownRevision: this.#revision });
    }
    this.#revision = revision;
    this.#confirmed.clear();
    for (const hold of holds) {
      this.#confirmed.set(hold.id, hold);
      this.#unconfirmed.delete(hold.id);
    }
  }

  /** @throws PeekabooError PASS_REVOKED, or HELD when another hold covers this view. */
  refuseIfCovered(subject: ViewSubject): void {
    const [covering] = this.#inForce().covering(subject);
    if (this.closingReason(subject) === 'revoked') throw new PeekabooError('PASS_REVOKED');
    if (covering) throw new PeekabooError('HELD', { since: covering.at });
  }

  /** Why a view of this subject must close; undefined when nothing covers it. */
  closingReason(subject: ViewSubject): 'cut' | 'revoked' | undefined {
    const covering = this.#inForce().covering(subject);
    if (covering.some(({ final }) => final)) return 'revoked';
    return covering.length > 0 ? 'cut' : undefined;
  }

  coversRoom(room: { nursery: string; room: string }): boolean {
    return this.#inForce().coversRoom(room);
  }

  /** Made anew when it is first asked for after a change: thousands of holds, asked once for each view. */
  #inForce(): HoldIndex {
    this.#index ??= new HoldIndex([...this.#confirmed.values(), ...this.#unconfirmed.values()]);
    return this.#index;
  }
}
