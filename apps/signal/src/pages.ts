import type { Clock } from '@peekaboo/shared/clock';
import { includesRight, type StaffRight } from '@peekaboo/shared/entitlement';
import type { Receipt } from '@peekaboo/shared/hold';
import type { Pass } from '@peekaboo/shared/pass';
import type { RoomState } from '@peekaboo/shared/room';
import type { HoursSnapshot, NurserySnapshot, RoomsSnapshot } from '@peekaboo/shared/wire';
import { roomStateFor } from './admission/admit.ts';
import type { Alarms } from './alarms.ts';
import type { Holds } from './holds.ts';
import { inTurns } from './in-turns.ts';
import type { Room, Rooms } from './rooms.ts';
import type { SfuLinks } from './sfu-links.ts';
import type { Views } from './views.ts';

/** Changes within this time reach the pages as one. */
const gatherMs = { guardian: 20, staff: 150 };
/** An hours boundary further off than this is looked at again then. */
const farthestBoundaryMs = 3_600_000;
/** Cuts that were confirmed late are told to pages which open after that, as many as these: they may have been away meanwhile. */
const lateReceiptsKept = 20;

export type GuardianPage = { holder: { readonly pass: Pass }; show: (snapshot: RoomsSnapshot) => void };
export type StaffPage = {
  /** As it is at this moment. */
  readonly right: StaffRight;
  show: (snapshot: NurserySnapshot) => void;
  showHours: (snapshot: HoursSnapshot) => void;
  showReceipt: (receipt: Receipt) => void;
};

export type PagesOptions = {
  rooms: Rooms;
  holds: () => Holds;
  views: () => Views;
  sfuLinks: SfuLinks;
  alarms: () => Alarms;
  clock: Clock;
};

/** Keeps every open page up to date: sends each the whole of what it may know, soon after anything changes or an hour strikes. */
export class Pages {
  readonly #options: PagesOptions;
  readonly #guardians = new Set<GuardianPage>();
  readonly #staff = new Set<StaffPage>();
  readonly #lateReceipts: Receipt[] = [];
  #guardianTimer: NodeJS.Timeout | undefined;
  /** One showing after the other: the newest is the last to come. */
  #shown: Promise<void> = Promise.resolve();
  #staffTimer: NodeJS.Timeout | undefined;
  #boundaryTimer: NodeJS.Timeout | undefined;
  #wakesAt = Number.POSITIVE_INFINITY;

  constructor(options: PagesOptions) {
    this.#options = options;
  }

  /** Shows a guardian's page its rooms now and from now on. Returns how to stop. */
  openGuardian(page: GuardianPage): () => void {
    this.#guardians.add(page);
    const snapshot = this.#roomsOf(page.holder.pass);
    page.show(snapshot);
    this.#wakeBy(boundaryOf(snapshot, this.#options.clock.now()));
    return () => this.#guardians.delete(page);
  }

  /** Shows a staff page the nursery now and from now on. Returns how to stop. */
  openStaff(page: StaffPage): () => void {
    this.#staff.add(page);
    page.show(asSeenWith(page.right, this.#nurseryNow()));
    page.showHours(this.#hoursNow());
    if (includesRight(page.right, 'cut')) for (const receipt of this.#lateReceipts) page.showReceipt(receipt);
    return () => this.#staff.delete(page);
  }

  /** Something about rooms, holds or cameras changed: every page learns of it. */
  changed(): void {
    this.#guardianTimer ??= setTimeout(() => {
      this.#guardianTimer = undefined;
      this.#shown = this.#shown.then(() => this.#showGuardians());
    }, gatherMs.guardian);
    this.viewersChanged();
  }

  /** Only numbers or alarms changed, which staff alone see. */
  viewersChanged(): void {
    this.#staffTimer ??= setTimeout(() => {
      this.#staffTimer = undefined;
      const snapshot = this.#nurseryNow();
      for (const page of this.#staff) page.show(asSeenWith(page.right, snapshot));
    }, gatherMs.staff);
  }

  /** The hours of a room changed: where it stands, and what staff see of the hours themselves. */
  hoursChanged(): void {
    for (const page of this.#staff) page.showHours(this.#hoursNow());
    this.changed();
  }

  /** A receipt that staff were answered without has been confirmed. */
  showReceipt(receipt: Receipt): void {
    this.#lateReceipts.push(receipt);
    if (this.#lateReceipts.length > lateReceiptsKept) this.#lateReceipts.shift();
    for (const page of this.#staff) if (includesRight(page.right, 'cut')) page.showReceipt(receipt);
  }

  close(): void {
    clearTimeout(this.#guardianTimer);
    clearTimeout(this.#staffTimer);
    clearTimeout(this.#boundaryTimer);
  }

  async #showGuardians(): Promise<void> {
    const { clock } = this.#options;
    let wakeAt = clock.monotonic() + boundaryOf(this.#nurseryNow(), clock.now());
    await inTurns(this.#guardians, (page) => {
      const snapshot = this.#roomsOf(page.holder.pass);
      page.show(snapshot);
      wakeAt = Math.min(wakeAt, clock.monotonic() + boundaryOf(snapshot, clock.now()));
    });
    this.#wakesAt = Number.POSITIVE_INFINITY;
    this.#wakeBy(Math.max(0, wakeAt - clock.monotonic()));
  }

  #roomsOf(pass: Pass): RoomsSnapshot {
    const { rooms } = this.#options;
    const { nursery } = rooms;
    const mine = pass.rooms.flatMap((id) => rooms.get(id) ?? []).filter((room) => room.nursery === pass.nursery);
    return {
      nursery: { name: nursery.name, timeZone: nursery.timeZone },
      rooms: mine.map((room) => ({ id: room.id, name: room.name, state: this.#stateOf(room, pass) })),
    };
  }

  #nurseryNow(): Omit<NurserySnapshot, 'right'> {
    const { rooms, sfuLinks, alarms, holds, views } = this.#options;
    return {
      nursery: rooms.nursery,
      rooms: rooms.all.map((room) => ({
        id: room.id,
        name: room.name,
        state: this.#stateOf(room, undefined),
        viewers: views().countIn(room.id),
        cameras: sfuLinks
          .camerasIn(room.id)
          .map(({ camera, state, detail }) => ({ camera, state, ...(detail !== undefined && { detail }) })),
      })),
      holds: [...(holds().inForce?.liftable ?? [])],
      revocations: holds().inForce?.revocations.length ?? 0,
      sfus: sfuLinks.all.map(({ id, state }) => ({ id, state })),
      alarms: alarms().raised,
    };
  }

  #hoursNow(): HoursSnapshot {
    return { rooms: this.#options.rooms.all.map(({ id, hours, from }) => ({ id, hours, from })) };
  }

  #stateOf(room: Room, pass: Pass | undefined): RoomState {
    const { sfuLinks, clock } = this.#options;
    const inForce = this.#options.holds().inForce;
    const holds = pass ? inForce?.concerning({ nursery: pass.nursery, guardian: pass.sub, pass: pass.jti }) : inForce?.general;
    return roomStateFor({ pass, room, holds, cameras: sfuLinks.cameraStatesIn(room.id), now: clock.now() });
  }

  /** Shows everything anew in `ms`, or earlier if that is due already. */
  #wakeBy(ms: number): void {
    const at = this.#options.clock.monotonic() + ms;
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    clearTimeout(this.#boundaryTimer);
    this.#boundaryTimer = setTimeout(() => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.changed();
    }, ms + 1).unref();
  }
}

/** Who may only observe learns how many watch, and nothing of who cut what and why. */
function asSeenWith(right: StaffRight, snapshot: Omit<NurserySnapshot, 'right'>): NurserySnapshot {
  return { ...snapshot, right, ...(!includesRight(right, 'cut') && { holds: [], revocations: 0 }) };
}

/** How long until the first of these rooms opens or closes, in milliseconds. */
function boundaryOf({ rooms }: { rooms: { state: RoomState }[] }, now: number): number {
  const boundaries = rooms.flatMap(({ state }) => {
    const at = state.state === 'open' ? state.closesAt : state.state === 'closed' ? state.opensAt : null;
    return at === null || at <= now ? [] : [at - now];
  });
  return Math.min(farthestBoundaryMs, ...boundaries);
}
