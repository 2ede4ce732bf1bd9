import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold, ViewSubject } from '@peekaboo/shared/hold';
import { HoldIndex } from '@peekaboo/shared/hold-index';

/** Of two signals on one store, one may have read it just before a change, and be heard after the other. It hears of the change within this time. */
const mayBeLateMs = 2_000;
/** A hold that was ordered is in a full set within this time, unless the signal that ordered it is gone. */
const confirmedWithinMs = 2_000;
const judged = Number.POSITIVE_INFINITY;

/**
 * The holds this SFU obeys. A hold ordered by a cut is latched at once, before it is known to be durable; only a full set
 * that names it, and a later one that does not, lets it go. What was latched and never confirmed is offered to signal
 * again, at the next link and to those that stay, so that no cut is lost between two signals.
 */
export class Holds {
  readonly #confirmed = new Map<string, Hold>();
  readonly #unconfirmed = new Map<string, { hold: Hold; since: number }>();
  /** The links that sent a set from the past, and nothing newer since; and when they first did, or `judged`. */
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
    return [...this.#unconfirmed.values()].map(({ hold }) => hold);
  }

  isUnconfirmed(id: string): boolean {
    return this.#unconfirmed.has(id);
  }

  /** What is unconfirmed for too long, so that a signal that is linked already is to hear of it as well. */
  overdue(at: number): Hold[] {
    this.#judge(at);
    return [...this.#unconfirmed.values()].filter(({ since }) => at - since >= confirmedWithinMs).map(({ hold }) => hold);
  }

  /** Takes effect synchronously, at `at` by the monotonic clock: from here on nothing that it covers can open. */
  latch(hold: Hold, at: number): void {
    if (!this.#confirmed.has(hold.id)) this.#keep(hold, at);
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
    if (this.#behindSince.delete(link)) this.#keepWhatWasLost(revision, holds, at);
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
  #keepWhatWasLost(revision: number, holds: readonly Hold[], at: number): void {
    const gone = this.#missingFrom(holds);
    const changes = gone.length + holds.filter(({ id }) => !this.#confirmed.has(id)).length;
    if (changes > revision - this.#revision) for (const hold of gone) this.#keep(hold, at);
  }

  #missingFrom(holds: readonly Hold[]): Hold[] {
    const named = new Set(holds.map(({ id }) => id));
    return [...this.#confirmed.values()].filter(({ id }) => !named.has(id));
  }

  /** Once for each link that is behind: what others confirm later is as good as ever, should that link never come back. */
  #judge(at: number): void {
    const tooLong = [...this.#behindSince].filter(([, since]) => at - since >= mayBeLateMs);
    if (tooLong.length === 0) return;
    for (const [link] of tooLong) this.#behindSince.set(link, judged);
    for (const hold of this.#confirmed.values()) this.#keep(hold, at - confirmedWithinMs); // a link that is not behind may confirm it at once
  }

  #keep(hold: Hold, since: number): void {
    if (!this.#unconfirmed.has(hold.id)) this.#unconfirmed.set(hold.id, { hold, since });
  }

  /** Made anew when it is first asked for after a change: thousands of holds, asked once for each view. */
  #inForce(): HoldIndex {
    this.#index ??= new HoldIndex([...this.#confirmed.values(), ...[...this.#unconfirmed.values()].map(({ hold }) => hold)]);
    return this.#index;
  }
}
