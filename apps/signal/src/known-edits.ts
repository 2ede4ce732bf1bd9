import type { Logger } from '@peekaboo/shared/log';

/** What staff have set, in the place of what was so before. `at` in milliseconds since the Unix epoch. */
type Edit = { at: number };

export type KnownEditsOptions<E extends Edit> = {
  /** For the log: what the edits are of. */
  of: 'rooms' | 'guardians';
  /** Of two edits with one key the later counts. */
  keyOf: (edit: E) => string;
  stored: () => Promise<E[]>;
  /** Writes to the store what it has lost. @returns whether it had. */
  reassert: (lost: readonly E[]) => Promise<boolean>;
  /** Called synchronously when there is something newer. */
  onChange: () => void;
  log: Logger;
};

/** Edits as far as this signal knows them. Like the holds it knows they never go back: for each key the last word counts. */
export class KnownEdits<E extends Edit> {
  readonly #options: KnownEditsOptions<E>;
  readonly #edits = new Map<string, E>();

  constructor(options: KnownEditsOptions<E>) {
    this.#options = options;
  }

  /** By their keys. */
  get all(): ReadonlyMap<string, E> {
    return this.#edits;
  }

  /** Reads the store, gives it what it has lost, and takes over what is newer. @throws PeekabooError STORE_UNAVAILABLE. */
  async read(): Promise<void> {
    const { of, keyOf, stored, reassert, onChange, log } = this.#options;
    let edits = await stored();
    const at = new Map(edits.map((edit) => [keyOf(edit), edit.at]));
    const lost = [...this.#edits].filter(([key, edit]) => (at.get(key) ?? 0) < edit.at).map(([, edit]) => edit);
    if (lost.length > 0) {
      if (await reassert(lost)) log.error({ [of]: lost.map(keyOf) }, 'the store had lost what staff have set; it was written to it again');
      edits = await stored();
    }
    const newer = edits.filter((edit) => (this.#edits.get(keyOf(edit))?.at ?? 0) < edit.at);
    for (const edit of newer) this.#edits.set(keyOf(edit), edit);
    if (newer.length > 0) onChange();
  }
}
