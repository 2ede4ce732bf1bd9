import { PeekabooError } from '@peekaboo/shared/errors';
import type { ViewSubject } from '@peekaboo/shared/hold';
import type { Periods } from '@peekaboo/shared/periods';
import type { CloseReason } from '@peekaboo/shared/wire';
import type { Camera } from './cameras/camera.ts';
import { View, type ViewEvents } from './view.ts';
import { ViewingRouter } from './viewing-router.ts';
import type { Workers } from './workers.ts';

/** A room's cameras, and the viewing routers on which its views live: at most one a worker, made on first use. */
export class Room {
  readonly id: string;
  readonly #workers: Workers;
  readonly #periods: Periods['view'];
  readonly #viewing = new Map<number, ViewingRouter>();
  #cameras: readonly Camera[] = [];
  #paused = false;

  constructor(id: string, workers: Workers, periods: Periods['view']) {
    this.id = id;
    this.#workers = workers;
    this.#periods = periods;
  }

  get cameras(): readonly Camera[] {
    return this.#cameras;
  }

  /** A camera joins the room; views get it when it is live. */
  add(camera: Camera): void {
    camera.pause(this.#paused);
    this.#cameras = [...this.#cameras, camera];
  }

  /** A camera leaves the room for good: views that carry it are closed, and rejoin without it. After the last nothing is left in the workers. */
  remove(camera: Camera): void {
    this.#cameras = this.#cameras.filter((each) => each !== camera);
    if (this.#cameras.length === 0) this.closeViews('camera-changed');
    for (const view of this.#views()) if (view.cameras.has(camera.id)) view.close('camera-changed');
  }

  /** At most one a worker. */
  get viewingRouters(): ViewingRouter[] {
    return [...this.#viewing.values()];
  }

  /** How many views live on this worker. */
  viewsOn(workerIndex: number): number {
    return this.#viewing.get(workerIndex)?.views.size ?? 0;
  }

  /**
   * Opens a view on this worker and writes its offer.
   * @param permit is asked again after every wait and throws when the view may not open any more (cut, lease, link).
   * @throws PeekabooError CAMERA_NOT_LIVE, and what `permit` throws.
   */
  async open(options: {
    id: string;
    subject: ViewSubject;
    link: string;
    workerIndex: number;
    permit: () => void;
    events: ViewEvents;
  }): Promise<{ view: View; offer: string }> {
    const viewing = this.#viewingRouterOn(options.workerIndex);
    try {
      const { router, mediaWorker } = await viewing.ready;
      const cameras = this.#cameras;
      const sources = await viewing.sources(cameras);
      options.permit();
      if (sources.length === 0) throw new PeekabooError('CAMERA_NOT_LIVE');

      const { webRtcServer } = mediaWorker;
      const view = await View.open({
        ...{ ...options, router, webRtcServer, sources },
        ...{ periods: this.#periods, events: this.#withBookkeeping(viewing, options.events) },
      });
      viewing.views.add(view);
      try {
        options.permit();
        const offer = await view.offer(sources);
        options.permit();
        if (view.closed) throw new PeekabooError('VIEW_UNKNOWN');
        // One was removed, came or went meanwhile, when this view was on no list yet: it would be without it, or wait for it, for good.
        const isRight = (camera: Camera) => this.#cameras.includes(camera) && camera.liveTracks.length > 0 === view.cameras.has(camera.id);
        if (![...cameras, ...this.#cameras].every(isRight) || sources.some(({ producer }) => producer.closed))
          throw new PeekabooError('CAMERA_NOT_LIVE');
        return { view, offer };
      } catch (error) {
        view.close('not-admitted');
        throw error;
      }
    } catch (error) {
      options.permit(); // a cut in the meantime is the better answer than what it broke
      throw error instanceof PeekabooError ? error : new PeekabooError('SFU_UNAVAILABLE', {}, { cause: error });
    }
  }

  /**
   * Closes every view of the room by its viewing routers, one request a worker, and returns how many they were. All requests are
   * sent before this returns; once the workers have settled, no further packet can leave. The sources flow on unless paused.
   */
  closeViews(reason: CloseReason): number {
    const routers = this.viewingRouters;
    this.#viewing.clear();
    for (const viewing of routers) viewing.close();
    const views = routers.flatMap((viewing) => [...viewing.views]);
    for (const view of views) view.routerClosed(reason);
    return views.length;
  }

  /** Whether no view of the room is of another link. */
  belongsTo(link: string): boolean {
    return this.#views().every((view) => view.link === link);
  }

  /** Stops the room's media at its source while it is held, and lets it flow again afterwards. */
  pause(paused: boolean): void {
    this.#paused = paused;
    for (const camera of this.#cameras) camera.pause(paused);
  }

  /** A camera came or came back: views that do not carry it are closed, and rejoin with it. */
  cameraLive(camera: string): void {
    for (const view of this.#views()) if (!view.cameras.has(camera)) view.close('camera-changed');
  }

  /** A camera's media ended: views that carry no other camera are closed. */
  cameraLost(camera: string): void {
    for (const view of this.#views()) {
      view.cameras.delete(camera);
      if (view.cameras.size === 0) view.close('camera-changed');
    }
  }

  #views(): View[] {
    return this.viewingRouters.flatMap((viewing) => [...viewing.views]);
  }

  #viewingRouterOn(workerIndex: number): ViewingRouter {
    const known = this.#viewing.get(workerIndex);
    if (known) return known;
    const viewing = new ViewingRouter(this.#workers, workerIndex, (dead) => {
      if (this.#viewing.get(workerIndex) === dead) this.#viewing.delete(workerIndex);
      for (const view of [...dead.views]) view.routerClosed('worker-died');
    });
    this.#viewing.set(workerIndex, viewing);
    viewing.ready.catch(() => {
      if (this.#viewing.get(workerIndex) === viewing) this.#viewing.delete(workerIndex);
    });
    return viewing;
  }

  #withBookkeeping(viewing: ViewingRouter, events: ViewEvents): ViewEvents {
    return {
      onConnected: events.onConnected,
      onClosed(view, reason) {
        viewing.views.delete(view);
        events.onClosed(view, reason);
      },
    };
  }
}
