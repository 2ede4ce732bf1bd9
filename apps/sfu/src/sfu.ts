import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold, ViewSubject } from '@peekaboo/shared/hold';
import type { CloseReason } from '@peekaboo/shared/wire';
import { Holds } from './holds.ts';
import type { Room } from './room.ts';
import type { CameraConfig, Rooms } from './rooms.ts';
import type { View, ViewEvents } from './view.ts';
import type { Workers } from './workers.ts';

/** Requests to a media worker have no time limit of their own. */
const openWithinMs = 3_000;
const mostOpening = 500;

/** What this SFU can be ordered to do, whoever orders it. Every order is refused or carried out; none is queued. */
export class Sfu {
  readonly holds = new Holds();
  readonly #nursery: string;
  readonly #rooms: Rooms;
  readonly #workers: Workers;
  readonly #views = new Map<string, View>();
  /** Views on their way from order to offer; one that is closed meanwhile is marked here, and does not come to be. */
  readonly #opening = new Map<string, { link: string; room: string; closed: boolean; endsAt: number }>();

  constructor(nursery: string, rooms: Rooms, workers: Workers) {
    this.#nursery = nursery;
    this.#rooms = rooms;
    this.#workers = workers;
  }

  /** Takes over these cameras. One that comes to a held room is paused before it starts. */
  use(cameras: readonly CameraConfig[]): void {
    this.#rooms.use(cameras);
    for (const room of this.#rooms.all) room.pause(this.#covered(room));
  }

  /**
   * Opens a view for a signal link and returns its SDP offer.
   * @param stillAllowed throws when the link has lost its lease; asked again after every wait.
   * @throws PeekabooError PASS_REVOKED, HELD, DARK, ROOM_NOT_IN_PASS, CAMERA_NOT_LIVE, SFU_UNAVAILABLE, BUSY, VIEW_UNKNOWN when closed meanwhile.
   */
  async open(
    request: { id: string; subject: ViewSubject; validForMs: number },
    link: string,
    stillAllowed: () => void,
    events: ViewEvents,
  ): Promise<string> {
    const opening = { link, room: request.subject.room, closed: false, endsAt: performance.now() + request.validForMs };
    const permit = () => {
      if (opening.closed) throw new PeekabooError('VIEW_UNKNOWN');
      stillAllowed();
      this.holds.refuseIfCovered(request.subject);
    };
    permit();
    const room = request.subject.nursery === this.#nursery ? this.#rooms.get(request.subject.room) : undefined;
    if (!room) throw new PeekabooError('ROOM_NOT_IN_PASS');
    if (this.#views.has(request.id) || this.#opening.has(request.id))
      throw new PeekabooError('BAD_MESSAGE', { fields: ['view: this id is in use'] });
    if (this.#opening.size >= mostOpening) throw new PeekabooError('BUSY');

    this.#opening.set(request.id, opening);
    const overdue = setTimeout(() => void this.#workers.settled(), openWithinMs); // kills a worker that hangs
    try {
      const { view, offer } = await room.open({
        ...request,
        link,
        workerIndex: this.#leastLoadedWorker(),
        permit,
        events: {
          onConnected: events.onConnected,
          onClosed: (view, reason) => {
            this.#views.delete(view.id);
            events.onClosed(view, reason);
          },
        },
      });
      this.#views.set(view.id, view);
      view.limit(opening.endsAt - performance.now());
      return offer;
    } finally {
      clearTimeout(overdue);
      this.#opening.delete(request.id);
    }
  }

  /** Sets a new end for a link's own view, also one that is still opening. @throws PeekabooError VIEW_UNKNOWN. */
  limit(link: string, id: string, validForMs: number): void {
    const opening = this.#opening.get(id);
    if (opening?.link === link) opening.endsAt = performance.now() + validForMs;
    else this.viewOf(link, id).limit(validForMs);
  }

  /** Closes a link's own view, also one that is still opening. @throws PeekabooError VIEW_UNKNOWN. */
  close(link: string, id: string, reason: CloseReason): void {
    const opening = this.#opening.get(id);
    if (opening?.link === link) opening.closed = true;
    else this.viewOf(link, id).close(reason);
  }

  /** @throws PeekabooError VIEW_UNKNOWN when there is no such view or it belongs to another link. */
  viewOf(link: string, id: string): View {
    const view = this.#views.get(id);
    if (view?.link !== link) throw new PeekabooError('VIEW_UNKNOWN');
    return view;
  }

  /**
   * Carries out a cut: latches the hold synchronously, and resolves when the workers have closed every view in the scope, with their number.
   * After that no media packet leaves for any of them.
   */
  cut(hold: Hold): Promise<number> {
    this.holds.latch(hold, performance.now());
    return this.#enforce();
  }

  /**
   * Takes over the full set of holds that signal sent over this link; closes what they cover, lets rooms flow that none covers any more.
   * @throws PeekabooError REVISION_REGRESSED.
   */
  async syncHolds(link: string, revision: number, holds: readonly Hold[]): Promise<void> {
    this.holds.sync(revision, holds, { link, at: performance.now() });
    for (const room of this.#rooms.all) if (!this.#covered(room)) room.pause(false);
    await this.#enforce();
  }

  /** Resolves when the media workers have carried out all they were asked so far. */
  settled(): Promise<void> {
    return this.#workers.settled();
  }

  /** Closes every view of a link, with one request a worker where a room is this link's alone. The other links' views stay. */
  closeLink(link: string, reason: CloseReason): void {
    const roomsOfOthers = new Set<string>();
    for (const opening of this.#opening.values()) {
      if (opening.link === link) opening.closed = true;
      else roomsOfOthers.add(opening.room);
    }
    for (const room of this.#rooms.all) if (room.belongsTo(link) && !roomsOfOthers.has(room.id)) room.closeViews(reason);
    for (const view of [...this.#views.values()]) if (view.link === link) view.close(reason);
    void this.#workers.settled(); // a worker that hangs is killed: it was asked to make pictures dark
  }

  /** Closes what holds cover: first the media of rooms stops, then their views are closed, then single views. Returns how many were closed. */
  async #enforce(): Promise<number> {
    const covered = this.#rooms.all.filter((room) => this.#covered(room));
    for (const room of covered) room.pause(true);
    // To close a router takes the bookkeeping of all its views. What waits in the pipes of those whose turn is later is not to be sent meanwhile.
    for (const viewing of covered.flatMap((room) => room.viewingRouters).slice(1)) viewing.silence();
    let viewsClosed = covered.reduce((sum, room) => sum + room.closeViews('cut'), 0);
    for (const view of [...this.#views.values()]) {
      const reason = this.holds.closingReason(view.subject);
      if (!reason) continue;
      view.close(reason);
      viewsClosed += 1;
    }
    // Also when there was nothing to close: an earlier cut of the same views may not have been carried out yet.
    await this.#workers.settled();
    return viewsClosed;
  }

  #covered(room: Room): boolean {
    return this.holds.coversRoom({ nursery: this.#nursery, room: room.id });
  }

  #leastLoadedWorker(): number {
    const rooms = this.#rooms.all;
    const loads = Array.from({ length: this.#workers.count }, (_, index) =>
      this.#workers.isUp(index) ? rooms.reduce((sum, room) => sum + room.viewsOn(index), 0) : Number.POSITIVE_INFINITY,
    );
    return loads.indexOf(Math.min(...loads));
  }
}
