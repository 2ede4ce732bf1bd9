import { statSync } from 'node:fs';
import type { Logger } from '@peekaboo/shared/log';
import { openingAt } from '../../apps/signal/src/admission/hours.ts';
import type { SignalConfig } from '../../apps/signal/src/config.ts';
import { keyOfEdit } from '../../apps/signal/src/rooms.ts';
import { openStore } from '../../apps/signal/src/store/open-store.ts';
import type { Store } from '../../apps/signal/src/store/store.ts';

/** Around a change of hours nobody can say what signal has to answer: it may not have read of it, or the room opens meanwhile. */
const settledAfterMs = 15_000;
const settledBeforeMs = 30_000;

/** Unsettled: opens, closes or was edited about now. */
export type RoomState = 'open' | 'closed' | 'unsettled';

/** Whether rooms are open by their own hours: from the file and the store, without asking the signal that is being tried. */
export class RoomHours {
  readonly #log: Logger;
  #store: Promise<Store> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** @throws whatever keeps the store or the file from being read. */
  async read(config: SignalConfig, now: number): Promise<Map<string, RoomState>> {
    this.#store ??= openStore(config, this.#log);
    const edits = new Map((await (await this.#store).editedHours()).map((edit) => [keyOfEdit(edit), edit]));
    const { mtimeMs, ctimeMs } = statSync(config.path);
    const fileChangedAt = Math.max(mtimeMs, ctimeMs); // renaming an old file into place changes the latter alone
    const states = [...config.rooms.values()].map(({ id, nursery, timeZone, hours }): [string, RoomState] => {
      const edit = edits.get(keyOfEdit({ nursery, room: id }));
      if (now - Math.max(fileChangedAt, edit?.at ?? 0) < settledAfterMs) return [id, 'unsettled'];
      const stateAt = (instant: number) => openingAt(edit?.hours ?? hours, timeZone, Math.floor(instant)).state;
      const state = stateAt(now);
      return [id, [now - settledAfterMs, now + settledBeforeMs].every((instant) => stateAt(instant) === state) ? state : 'unsettled'];
    });
    return new Map(states);
  }
}
