import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold, ViewSubject } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';

/** Of two signals on one store, one may have read it just before a change, and be heard after the other. It hears of the change within this time. */
const mayBeLateMs = 2_000;

/**
 * The holds this SFU obeys. A hold ordered by a cut is latched at once, before it is known to be durable; only a full set
 * that names it, and a later one that does not, lets it go. What was latched and never confirmed is offered to signal
 * again at the next link, so that no cut is lost between two signals.
 */
export class Holds {
  readonly #confirmed = new Map<string, Hold>();
  readonly #unconfirmed = new Map<string, Hold>();
  /** The links that sent a set from the past, and nothing newer since; and when they first did. */
  readonly #behindSince = new Map<string, number>();
  #revision = 0;
  #index: HoldIndex | undefined;

  /** The highest revision of the full set seen since this process began. */
  get revision(): number {
    return this.#revision;
  }

  /** What is to be offered to signal at `at`, by the monotonic clock. */
  unconfirmed(at: number): Hold[] {
    this.#judge(at);
    return [...this.#unconfirmed.values()];
  }

  /** Takes effect synchronously: from here on nothing that it covers can open. */
  latch(hold: Hold): void {
    if (!this.#confirmed.has(hold.id)) this.#unconfirmed.set(hold.id, hold);
    this.#index = undefined;
  }

  /**
   * Replaces the confirmed holds by the full set that signal sent over this link at `at`, by the monotonic clock.
   * @throws PeekabooError REVISION_REGRESSED when the set is older than one already seen. If that link has nothing newer to send for
   * a while, its store went back in time. What was confirmed may be lost there, so from then on it counts as unconfirmed, however far that store gets by itself.
   */
  sync(revision: number, holds: readonly Hold[], { link, at }: { link: string; at: number }): void {
    this.#judge(at);
    if (this.#isOlder(revision, holds, link)) {
      if (!this.#behindSince.has(link)) this.#behindSince.set(link, at);
      throw new PeekabooError('REVISION_REGRESSED', { knownRevision: this.#revision });
    }
    if (this.#behindSince.delete(link)) this.#keepWhatWasLost(revision, holds);
    this.#index = undefined;
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

  /** After an older one, a set of the same revision that lacks something is that of another history. */
  #isOlder(revision: number, holds: readonly Hold[], link: string): boolean {
    if (revision !== this.#revision || !this.#behindSince.has(link)) return revision < this.#revision;
    return this.#missingFrom(holds).length > 0;
  }

  /** A store counts one revision for a change. A set with more changes than that has not come from the one known: its store was emptied, and lifted nothing. */
  #keepWhatWasLost(revision: number, holds: readonly Hold[]): void {
    const gone = this.#missingFrom(holds);
    const changes = gone.length + holds.filter(({ id }) => !this.#confirmed.has(id)).length;
    if (changes > revision - this.#revision) for (const hold of gone) this.#unconfirmed.set(hold.id, hold);
  }

  #missingFrom(holds: readonly Hold[]): Hold[] {
    const named = new Set(holds.map(({ id }) => id));
    return [...this.#confirmed.values()].filter(({ id }) => !named.has(id));
  }

  #judge(at: number): void {
    if (![...this.#behindSince.values()].some((since) => at - since >= mayBeLateMs)) return;
    for (const hold of this.#confirmed.values()) this.#unconfirmed.set(hold.id, hold);
  }

  /** Made anew when it is first asked for after a change: thousands of holds, asked once for each view. */
  #inForce(): HoldIndex {
    this.#index ??= new HoldIndex([...this.#confirmed.values(), ...this.#unconfirmed.values()]);
    return this.#index;
  }
}
