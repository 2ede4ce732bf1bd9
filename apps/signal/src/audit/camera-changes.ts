import type { CameraReport } from '@peekaboo/shared/room';
import type { Ledger } from './ledger.ts';

/** Tells the ledger when a camera of one SFU link becomes live or stops being so; what else an SFU says of it is not kept. */
export class CameraChanges {
  readonly #ledger: Ledger;
  readonly #sfu: string;
  /** The live ones, and the room of each. */
  readonly #live = new Map<string, string>();

  constructor(ledger: Ledger, sfu: string) {
    this.#ledger = ledger;
    this.#sfu = sfu;
  }

  note({ camera, room, state }: CameraReport): void {
    const event = { actor: this.#sfu, subject: camera, room };
    if (state === 'live' && !this.#live.has(camera)) {
      this.#live.set(camera, room);
      this.#ledger.record({ kind: 'camera.up', ...event, detail: {} });
    } else if (state !== 'live' && this.#live.delete(camera)) {
      this.#ledger.record({ kind: 'camera.down', ...event, detail: { state } });
    }
  }
  /** It does not exist any more, so far as its SFU is concerned. */
  gone(camera: string): void {
    const room = this.#live.get(camera);
    if (room !== undefined) this.note({ camera, room, state: 'offline' });
  }
}
