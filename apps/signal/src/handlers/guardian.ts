import { serveAsks } from '@peekaboo/shared/ask';
import type { Logger } from '@peekaboo/shared/log';
import { tell } from '@peekaboo/shared/tell';
import { type CloseReason, guardianAsks, guardianTells, type RoomsSnapshot } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { Gate } from '../gate/gate.ts';
import type { Door, Holder } from '../identity/door.ts';
import type { Joining } from '../joining.ts';
import type { Pages } from '../pages.ts';
import type { Answer, Guardian } from '../view.ts';
import type { Views } from '../views.ts';

type Options = { gate: Gate; door: Door; joining: Joining; views: Views; pages: Pages; log: Logger };

/** Serves guardians' browsers, each from its connection to its end. */
export function guardianServer(options: Options): (socket: Socket, holder: Holder) => void {
  return (socket, holder) => {
    const guardian = new ConnectedGuardian(socket, holder, options);
    const closePage = options.pages.openGuardian(guardian);
    socket.on('disconnect', () => {
      closePage();
      options.views.closeAllOf(guardian);
    });
    serveAsks(socket, guardianAsks, guardian, guardian);
  };
}

/** One browser. Methods rather than closures: there is one of these for every family, and they were 1 kB of it. */
class ConnectedGuardian implements Guardian {
  readonly maxInProgress = 16;
  readonly holder: Holder;
  readonly #socket: Socket;
  readonly #options: Options;

  constructor(socket: Socket, holder: Holder, options: Options) {
    this.#socket = socket;
    this.holder = holder;
    this.#options = options;
  }

  get pass() {
    return this.holder.pass;
  }

  get provenKey() {
    return this.holder.jkt;
  }

  proveAnswer(answer: Answer): Promise<string> {
    return this.#options.door.proveAnswer(this.holder, answer);
  }

  show(snapshot: RoomsSnapshot): void {
    tell(this.#socket, guardianTells, 'rooms', snapshot);
  }

  tellLimit(view: string, validUntil: number): void {
    tell(this.#socket, guardianTells, 'view.limit', { view, validUntil });
  }

  tellClosed(view: string, reason: CloseReason): void {
    tell(this.#socket, guardianTells, 'view.closed', { view, reason });
  }

  watch({ room }: { room: string }) {
    return this.#options.joining.open(this, room);
  }

  async renew({ proof }: { proof: string }) {
    const issued = await this.#options.door.renew(this.holder, { proof, path: this.#socket.nsp.name });
    this.#options.views.review(this); // they may go on for longer
    return issued;
  }

  async answer(answer: Answer) {
    await this.#options.joining.answer(this, answer);
    return {};
  }

  async leave({ view }: { view: string }) {
    await this.#options.joining.leave(this, view);
    return {};
  }

  async admit(): Promise<void> {
    const { gate, door } = this.#options;
    if (!(await gate.limits.mayAsk(this.pass.sub))) throw door.busy(this.holder);
  }

  onDefect(error: unknown, name: string): void {
    this.#options.log.error({ name, err: error }, 'a guardian message failed');
  }
}
