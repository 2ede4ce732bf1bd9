import { setImmediate } from 'node:timers/promises';
import type { CloseReason } from '@peekaboo/shared/wire';
import { inTurns } from './in-turns.ts';
import type { View } from './view.ts';

/** Tells guardians which of their views are over. A message to each of some hundred takes longer than the cut that closed them, so they leave in turns. */
export class Closings {
  #waiting: { view: View; reason: CloseReason }[] = [];
  #telling = false;

  add(view: View, reason: CloseReason): void {
    if (reason === 'revoked') {
      view.guardian.tellClosed(view.id, reason); // their connection ends next
      return;
    }
    this.#waiting.push({ view, reason });
    if (!this.#telling) void this.#tell();
  }

  async #tell(): Promise<void> {
    this.#telling = true;
    await setImmediate();
    while (this.#waiting.length > 0)
      await inTurns(this.#waiting.splice(0), ({ view, reason }) => view.guardian.tellClosed(view.id, reason));
    this.#telling = false;
  }
}
