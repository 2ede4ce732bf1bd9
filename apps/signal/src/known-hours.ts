import type { EditedHours } from '@peekaboo/shared/hours';
import type { Logger } from '@peekaboo/shared/log';
import { keyOfEdit } from './rooms.ts';
import type { Store } from './store/store.ts';

/** The hours that staff have set, as far as this signal knows. Like the holds it knows they never go back: in each room the last word counts. */
export class KnownHours {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #onChange: (edits: ReadonlyMap<string, EditedHours>) => void;
  readonly #edits = new Map<string, EditedHours>();

  constructor(store: Store, log: Logger, onChange: (edits: ReadonlyMap<string, EditedHours>) => void) {
    this.#store = store;
    this.#log = log;
    this.#onChange = onChange;
  }

  /** Reads the store, gives it what it has lost, and takes over what is newer. @throws PeekabooError STORE_UNAVAILABLE. */
  async read(): Promise<void> {
    let stored = await this.#store.editedHours();
    const at = new Map(stored.map((edit) => [keyOfEdit(edit), edit.at]));
    const lost = [...this.#edits].filter(([key, edit]) => (at.get(key) ?? 0) < edit.at).map(([, edit]) => edit);
    if (lost.length > 0) {
      if (await this.#store.reassertHours(lost))
        this.#log.error({ rooms: lost.map(keyOfEdit) }, 'the store had lost hours; those known here were written to it again');
      stored = await this.#store.editedHours();
    }
    const newer = stored.filter((edit) => (this.#edits.get(keyOfEdit(edit))?.at ?? 0) < edit.at);
    for (const edit of newer) this.#edits.set(keyOfEdit(edit), edit);
    if (newer.length > 0) this.#onChange(this.#edits);
  }
}
