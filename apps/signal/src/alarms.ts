import type { Alarm, AlarmKind } from '@peekaboo/shared/alarm';
import type { Logger } from '@peekaboo/shared/log';

const lookEveryMs = 500;

/** For the log. What staff read is in the viewer's words. */
const says: Record<AlarmKind, string> = {
  'store-gone': 'the store does not answer; no lease is granted until it does, and pictures go dark',
  'hold-unsaved': 'a hold could not be written; no lease is granted until it is, and pictures go dark',
  'ledger-unwritable': 'the ledger cannot be written: nobody is admitted; open views end after the grace',
  'store-went-back': 'the store went back in time; holds known here were written to it again',
  'store-not-durable': 'the store may lose a cut that it has confirmed. See docs/operations.md, "The store"',
  'sfu-lost': 'an SFU is lost; its pictures are dark',
  'sfu-silent': 'an SFU does not ask for its lease; its pictures are dark',
  'sfu-dark': 'an SFU is linked and has no lease; its pictures are dark',
  'sfu-ahead-of-store': 'the store is older than what this SFU has seen; it stays dark. See docs/operations.md, "The store"',
  'sfu-unguarded': 'an SFU has no guard, and shows nothing until it has one',
  'sfu-pass-ending': 'the pass of an SFU ends soon, and then it is dark; give it another. See docs/operations.md, "The pass of an SFU"',
};

export const alarmKinds = Object.keys(says) as AlarmKind[];

/** The alarms that are raised. Looks several times a second; what is new is logged once, and what is over is logged again. */
export class Alarms {
  readonly #look: () => Promise<Alarm[]>;
  readonly #onChange: () => void;
  readonly #log: Logger;
  #raised = new Map<string, Alarm>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ look, onChange, log }: { look: () => Promise<Alarm[]>; onChange: () => void; log: Logger }) {
    this.#look = look;
    this.#onChange = onChange;
    this.#log = log;
  }

  /** The worst first. */
  get raised(): Alarm[] {
    return [...this.#raised.values()];
  }

  start(): void {
    this.#timer = setTimeout(async () => {
      await this.look();
      if (this.#timer) this.start();
    }, lookEveryMs);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Looks now. An alarm that was raised before keeps the facts it was raised with. */
  async look(): Promise<void> {
    const before = this.#raised;
    this.#raised = new Map((await this.#look()).map((alarm) => [keyOf(alarm), before.get(keyOf(alarm)) ?? alarm]));
    const begun = [...this.#raised].filter(([key]) => !before.has(key));
    const over = [...before].filter(([key]) => !this.#raised.has(key));
    for (const [, { kind, ...facts }] of begun) this.#log.error({ alarm: kind, ...facts }, `ALARM: ${says[kind]}`);
    for (const [, { kind, ...facts }] of over) this.#log.warn({ alarm: kind, ...facts }, 'an alarm is over');
    if (begun.length > 0 || over.length > 0) this.#onChange();
  }
}

/** What it is about, without when. */
function keyOf(alarm: Alarm): string {
  return JSON.stringify({ ...alarm, since: 0, viewsEndAt: 0 });
}
