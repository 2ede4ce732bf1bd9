import type { types } from 'mediasoup';
import type { Camera, LiveTrack } from './cameras/camera.ts';
import { mediaCodecs, viewerCapabilities } from './codecs.ts';
import type { Source, View } from './view.ts';
import type { MediaWorker, Workers } from './workers.ts';

/**
 * One room on one worker: the cameras are piped in, views hang from it. It is the unit of darkness: closing it is a single
 * request to the worker, however many views there are.
 */
export class ViewingRouter {
  readonly views = new Set<View>();
  readonly workerIndex: number;
  readonly #ready: Promise<{ router: types.Router; mediaWorker: MediaWorker }>;
  readonly #piped = new Map<string, Promise<Source>>();
  readonly #producers = new Set<types.Producer>();
  readonly #onWorkerDied: (self: ViewingRouter) => void;
  #router: types.Router | undefined;
  #closed = false;

  /** Made synchronously, so that two first viewers share it; its router follows. */
  constructor(workers: Workers, workerIndex: number, onWorkerDied: (self: ViewingRouter) => void) {
    this.workerIndex = workerIndex;
    this.#onWorkerDied = onWorkerDied;
    this.#ready = this.#create(workers);
    this.#ready.catch(() => undefined); // whoever awaits it hears of the failure; nobody may have been waiting
  }

  get ready(): Promise<{ router: types.Router; mediaWorker: MediaWorker }> {
    return this.#ready;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The live tracks of these cameras as producers of this router; each is piped once, also when many ask at the same time. */
  async sources(cameras: readonly Camera[]): Promise<Source[]> {
    const { router } = await this.#ready;
    const tracks = cameras.flatMap((camera) => camera.liveTracks.map((track) => ({ camera: camera.id, track })));
    return Promise.all(tracks.map(({ camera, track }) => this.#pipe(camera, track, router)));
  }

  /** Nothing that comes through the pipes is sent on any more; a request for each track. For good: it is closed next. */
  silence(): void {
    for (const producer of this.#producers) producer.pause().catch(() => undefined); // it may be closed before it has answered
  }

  /** Sends the one close request and returns at once. */
  close(): void {
    this.#closed = true;
    this.#router?.close();
  }

  async #create(workers: Workers) {
    const mediaWorker = await workers.get(this.workerIndex);
    const router = await mediaWorker.worker.createRouter({ mediaCodecs });
    if (this.#closed) {
      router.close();
      throw new Error('closed while it was being made');
    }
    this.#router = router;
    router.on('workerclose', () => this.#onWorkerDied(this));
    return { router, mediaWorker };
  }

  #pipe(camera: string, track: LiveTrack, router: types.Router): Promise<Source> {
    const { producer, ingestRouter } = track;
    const known = this.#piped.get(producer.id);
    if (known) return known;
    // keepId: false because both routers may live on one worker, where producer ids must differ.
    const piped = ingestRouter
      .pipeToRouter({ producerId: producer.id, router, keepId: false, enableSctp: false })
      .then(({ pipeConsumer, pipeProducer }) => {
        if (!pipeConsumer || !pipeProducer) throw new Error('the camera could not be piped');
        pipeConsumer.requestKeyFrame().catch(() => undefined); // our worker has the last one at hand; another waits for the camera's next
        this.#producers.add(pipeProducer);
        pipeProducer.observer.once('close', () => {
          this.#piped.delete(producer.id);
          this.#producers.delete(pipeProducer);
        });
        return { camera, producer: pipeProducer, capabilities: viewerCapabilities(router.rtpCapabilities, pipeProducer) };
      });
    this.#piped.set(producer.id, piped);
    piped.catch(() => this.#piped.delete(producer.id));
    return piped;
  }
}
