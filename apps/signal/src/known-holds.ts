import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { HoldSet, Store } from './store/store.ts';

type Readable = { read(): Promise<void> };

/**
 * What this signal knows of the holds in the store. It never goes back: a store that has lost something is given what is known
 * here, and only the result is taken over.
 */
export class KnownHolds {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** Hours and entitlements that were changed: read whenever the holds are, since they share the revision. */
  readonly #edits: readonly Readable[];
  #storeWentBackAt: number | undefined;
  #set: HoldSet | undefined;
  readonly #lifted = new Set<string>();
  #reading: Promise<unknown> = Promise.resolve();
  #nextRead: Promise<HoldSet> | undefined;

  constructor(store: Store, clock: Clock, log: Logger, edits: readonly Readable[]) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#edits = edits;
  }

  /** When the store was last seen to have lost something, by the wall clock. */
  get storeWentBackAt(): number | undefined {
    return this.#storeWentBackAt;
  }

  /** The newest set that was read; undefined before the first. */
  get set(): HoldSet | undefined {
    return this.#set;
  }

  /**
   * Reads the store and takes over what is newer. One at a time: those who ask while a read is under way share the next.
   * @throws PeekabooError STORE_UNAVAILABLE, also when the store is older than what is known and cannot be brought up to it.
   */
  read(): Promise<HoldSet> {
    this.#nextRead ??= this.#reading.then(() => {
      this.#nextRead = undefined;
      const read = this.#readOnce();
      this.#reading = read.catch(() => undefined);
      return read;
    });
    return this.#nextRead;
  }

  async #readOnce(): Promise<HoldSet> {
    const known = this.#set;
    let set = await this.#store.holdSet();
    if (known && (set.revision < known.revision || missingFrom(set, known).length > 0)) {
      const facts = { storeRevision: set.revision, knownRevision: known.revision };
      if (set.revision < known.revision) {
        this.#storeWentBackAt = this.#clock.now();
        this.#log.error(facts, 'the store went back in time; no lease is granted until the holds known here are written to it');
      }
      if (await this.#store.reassert({ ...known, lifted: [...this.#lifted] })) {
        const holds = known.holds.map(({ id }) => id);
        this.#storeWentBackAt = this.#clock.now();
        this.#log.error({ ...facts, holds }, 'the store had lost holds; those known here were written to it again');
      }
      set = await this.#store.holdSet();
      if (set.revision < known.revision) throw new PeekabooError('STORE_UNAVAILABLE');
      for (const id of missingFrom(set, known)) this.#lifted.add(id);
    }
    for (const edits of this.#edits) await edits.read();
    this.#set = set;
    return set;
  }
}

function missingFrom(set: HoldSet, known: HoldSet): string[] {
  const ids = new Set(set.holds.map(({ id }) => id));
  return known.holds.map(({ id }) => id).filter((id) => !ids.has(id));
}
