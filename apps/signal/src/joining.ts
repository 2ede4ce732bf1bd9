import { NoReplyError } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import { newId } from '@peekaboo/shared/ids';
import type { IceServers } from '@peekaboo/shared/wire';
import { alreadyCounted, type Permission } from './admission/permission.ts';
import type { ViewRecord } from './audit/view-record.ts';
import type { SfuLinks } from './sfu-links.ts';
import type { Answer, Guardian, View } from './view.ts';
import type { Views } from './views.ts';

export type JoiningOptions = { views: Views; permission: Permission; sfuLinks: SfuLinks; record: ViewRecord; clock: Clock };

type Offer = { view: string; offer: string; iceServers: IceServers; validUntil: number };

/** How a view comes to be: asked for, offered, answered. Admission is asked at each step. */
export class Joining {
  readonly #options: JoiningOptions;

  constructor(options: JoiningOptions) {
    this.#options = options;
  }

  /**
   * Opens a view of a room. One that this browser already has of the same room is replaced.
   * @throws PeekabooError from admission, SFU_UNAVAILABLE, and what the SFU refuses with.
   */
  open(guardian: Guardian, room: string): Promise<Offer> {
    return this.#notingRefusal(guardian, room, () => this.#open(guardian, room));
  }

  async #open(guardian: Guardian, room: string): Promise<Offer> {
    const { views, permission, sfuLinks, record, clock } = this.#options;
    views.replaceEarlierOf(guardian, room);
    const { validUntil } = permission.require(guardian, room, views.countOf(guardian.pass.sub));
    if (!record.possible) throw new PeekabooError('STORE_UNAVAILABLE');
    const sfu = sfuLinks.forRoom(room);
    const { pass } = guardian;
    const subject = { nursery: pass.nursery, room, guardian: pass.sub, pass: pass.jti };
    const view: View = { id: newId('view'), guardian, subject, sfu, state: 'opening', since: clock.now(), validUntil };
    views.add(view);
    try {
      const { offer, iceServers } = await this.#order(() =>
        sfu.order('view.open', { view: view.id, subject, validForMs: validUntil - clock.now() }),
      );
      if (!views.has(view)) throw new PeekabooError('VIEW_UNKNOWN'); // cut, or the browser left, while it was opening
      views.offered(view);
      return { view: view.id, offer, iceServers, validUntil: view.validUntil };
    } catch (error) {
      views.abandon(view);
      throw error;
    }
  }

  /** Passes the guardian's answer on, if the view is theirs, the answer their device's, and they would still be admitted. */
  async answer(guardian: Guardian, answer: Answer): Promise<void> {
    const { views } = this.#options;
    await this.#notingRefusal(guardian, views.roomOf(answer.view), async () => {
      const view = views.own(guardian, answer.view);
      const fingerprint = await this.#readmit(view, answer);
      await this.#order(() => view.sfu.order('view.answer', { view: view.id, sdp: answer.sdp, fingerprint }));
    });
  }

  /** Closes the guardian's own view. One that is over already is nothing for the ledger: leaving and closing may cross. */
  async leave(guardian: Guardian, id: string): Promise<void> {
    const { views } = this.#options;
    const room = views.roomOf(id);
    if (room === undefined) throw new PeekabooError('VIEW_UNKNOWN');
    await this.#notingRefusal(guardian, room, async () => views.leave(guardian, id));
  }

  /**
   * Asks for the proof and admission again, and has the ledger know of the view before any picture is possible. Returns the proven fingerprint.
   * A view is answered once: whatever else is sent for it changes nothing.
   */
  async #readmit(view: View, answer: Answer): Promise<string> {
    const { views, permission, record } = this.#options;
    const readmit = () => {
      if (!views.has(view)) throw new PeekabooError('VIEW_UNKNOWN'); // cut, or the browser left, meanwhile
      permission.require(view.guardian, view.subject.room, alreadyCounted);
    };
    const refuseSecond = () => {
      if (view.state !== 'offered') throw new PeekabooError('ALREADY_ANSWERED');
    };
    refuseSecond();
    let isFirst = false;
    try {
      const fingerprint = await view.guardian.proveAnswer(answer);
      readmit();
      refuseSecond();
      isFirst = true;
      views.enter(view, 'admitted');
      await record.admitted(view, view.sfu.id);
      readmit();
      return fingerprint;
    } catch (error) {
      if (isFirst || view.state === 'offered') views.close(view, 'not-admitted');
      throw error;
    }
  }

  /** Whoever was refused a view is in the ledger. */
  #notingRefusal<T>({ pass }: Guardian, room: string | undefined, work: () => Promise<T>): Promise<T> {
    return this.#options.record.notingRefusal(pass, room, work);
  }

  async #order<T>(give: () => Promise<T>): Promise<T> {
    try {
      return await give();
    } catch (error) {
      throw error instanceof NoReplyError ? new PeekabooError('SFU_UNAVAILABLE') : error;
    }
  }
}
