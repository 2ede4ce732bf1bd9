import { LearntClock } from '@peekaboo/headless-viewer/learnt-clock';
import { connectedInTime, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import type { Receipt, RevocationScope, Scope } from '@peekaboo/shared/hold';
import type { Hours } from '@peekaboo/shared/hours';
import type { Credentials } from '@peekaboo/shared/proof';
import { onTells } from '@peekaboo/shared/tell';
import { type HoursSnapshot, type NurserySnapshot, staffAsks, staffTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io-client';
import { until } from './until.ts';

/** A staff page without a screen. */
export class StaffPage {
  readonly socket: Socket;
  nursery: NurserySnapshot | undefined;
  hours: HoursSnapshot | undefined;
  readonly receipts: Receipt[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    onTells(
      socket,
      staffTells,
      {
        nursery: (nursery) => {
          this.nursery = nursery;
        },
        hours: (hours) => {
          this.hours = hours;
        },
        receipt: (receipt) => this.receipts.push(receipt),
      },
      (error) => {
        throw error;
      },
    );
  }

  static async connect(url: string, credentials: Credentials): Promise<StaffPage> {
    const clock = new LearntClock();
    const page = new StaffPage(connectSocket(url, 'staff', credentials, {}, clock));
    await connectedInTime(page.socket, clock);
    return page;
  }

  viewersIn(room: string): number | undefined {
    return this.nursery?.rooms.find(({ id }) => id === room)?.viewers;
  }

  cutRoom(room: string): Promise<Receipt> {
    return this.cut({ kind: 'room', nursery: 'willow-house', room });
  }

  cut(scope: Scope): Promise<Receipt> {
    return ask(this.socket, staffAsks, 'cut', { scope, reason: 'a test' }, 8_000);
  }

  /** A cut that was answered as not confirmed on a machine that is slow just then is waited for. */
  async confirmed(asked: Promise<Receipt>): Promise<Receipt> {
    const receipt = await asked;
    if (receipt.state === 'confirmed') return receipt;
    return until('the cut is confirmed', () => this.receipts.find(({ id }) => id === receipt.id));
  }

  revoke(scope: RevocationScope): Promise<Receipt> {
    return ask(this.socket, staffAsks, 'revoke', { scope, reason: 'a test' }, 8_000);
  }

  async lift(hold: string): Promise<void> {
    await ask(this.socket, staffAsks, 'lift', { hold, reason: 'the test goes on' }, 8_000);
  }

  async setHours(room: string, hours: Hours | null): Promise<void> {
    if (hours) await ask(this.socket, staffAsks, 'hours.set', { room, hours }, 8_000);
    else await ask(this.socket, staffAsks, 'hours.reset', { room }, 8_000);
  }

  close(): void {
    this.socket.disconnect();
  }
}
