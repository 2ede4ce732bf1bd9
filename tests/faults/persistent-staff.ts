import { setTimeout as delay } from 'node:timers/promises';
import type { Receipt } from '@peekaboo/shared/hold';
import type { Credentials } from '@peekaboo/shared/proof';
import { exactClock } from '../support/exact-clock.ts';
import { StaffPage } from '../support/staff-page.ts';

const againAfterMs = 200;

/** Staff who press "cut" until they read a receipt, on a new connection whenever theirs is lost. */
export class PersistentStaff {
  readonly #url: string;
  readonly #credentials: Credentials;
  #page: StaffPage;
  #over = false;
  /** When staff first read that it is dark, in milliseconds since the Unix epoch. */
  confirmedAt: number | undefined;

  private constructor(url: string, credentials: Credentials, page: StaffPage) {
    this.#url = url;
    this.#credentials = credentials;
    this.#page = page;
    this.#listen();
  }

  static async connect(url: string, credentials: Credentials): Promise<PersistentStaff> {
    return new PersistentStaff(url, credentials, await StaffPage.connect(url, credentials));
  }

  /** Presses once at least; goes on in the background. */
  async cut(room: string): Promise<void> {
    while (!this.#over) {
      try {
        if (this.#page.socket.disconnected) {
          this.#page = await StaffPage.connect(this.#url, this.#credentials);
          this.#listen();
        }
        return this.#read(await this.#page.cutRoom(room));
      } catch {
        await delay(againAfterMs);
      }
    }
  }

  close(): void {
    this.#over = true;
    this.#page.close();
  }

  #listen(): void {
    this.#page.socket.on('receipt', (receipt: Receipt) => this.#read(receipt));
  }

  #read({ state }: Pick<Receipt, 'state'>): void {
    if (state === 'confirmed') this.confirmedAt ??= exactClock();
  }
}
