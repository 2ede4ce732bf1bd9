import { setTimeout as delay } from 'node:timers/promises';
import type { Receipt } from '@peekaboo/shared/hold';
import type { Credentials } from '@peekaboo/shared/proof';
import { StaffPage } from '../support/staff-page.ts';
import { until } from '../support/until.ts';

/** Shorter than guardians wait: whoever is there first after a restart, staff's order or a picture, is not what is tried here. */
const againAfterMs = 25;

/** Staff who press "cut" until they read that it is dark, on a new connection whenever theirs is lost. */
export class PersistentStaff {
  readonly #url: string;
  readonly #credentials: Credentials;
  #page: StaffPage;
  #over = false;
  /** Whether they have read it. */
  confirmed = false;

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
    while (!this.#over && !this.confirmed) {
      try {
        if (this.#page.socket.disconnected) {
          this.#page = await StaffPage.connect(this.#url, this.#credentials);
          this.#listen();
        }
        this.#read(await this.#page.cutRoom(room));
        await until('it is confirmed, or nobody will say', () => this.#over || this.confirmed || this.#page.socket.disconnected, Infinity);
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
    if (state === 'confirmed') this.confirmed = true;
  }
}
