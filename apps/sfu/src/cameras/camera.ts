import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@peekaboo/shared/clock';
import type { Logger } from '@peekaboo/shared/log';
import type { CameraState } from '@peekaboo/shared/room';
import type { types } from 'mediasoup';
import { mediaCodecs } from '../codecs.ts';
import type { CameraSource } from '../config.ts';
import type { Workers } from '../workers.ts';
import { startFfmpeg } from './ffmpeg.ts';
import { type Ingest, openIngest } from './ingest.ts';
import { type Picture, rtspPicture, testPicture } from './picture.ts';
import { probe } from './probe.ts';
import { CameraTrouble, explain, redact } from './trouble.ts';

/** How often the flow of packets is looked at, and after how long without one a camera counts as stalled, then as failed. */
const watchEveryMs = 500;
const stalledAfterMs = 3_000;
const failedAfterMs = 12_000;
/** A camera that never delivers is given this long before it is started again. */
const firstPacketWithinMs = 20_000;
const backoffMs = { first: 250, most: 30_000 };

export type LiveTrack = { producer: types.Producer; ingestRouter: types.Router };

export type CameraOptions = {
  id: string;
  source: CameraSource;
  /** The worker on which its ingest router lives. */
  homeWorker: number;
  timeZone: string | undefined;
  workers: Workers;
  clock: Clock;
  log: Logger;
  onState: (camera: Camera) => void;
};

/** One camera: keeps a picture coming into its ingest router, starts it again with back-off when it fails, and says how it is. */
export class Camera {
  readonly id: string;
  readonly #options: CameraOptions;
  readonly #abort = new AbortController();
  #state: CameraState = 'starting';
  #detail: string | undefined;
  #ingestRouter: Promise<types.Router> | undefined;
  #ingests: Ingest[] = [];
  #paused = false;
  #finished: Promise<void> = Promise.resolve();
  readonly #aborted = once(this.#abort.signal, 'abort').then(() => '');

  constructor(options: CameraOptions) {
    this.id = options.id;
    this.#options = options;
  }

  get state(): CameraState {
    return this.#state;
  }

  /** A plain sentence for the installer when the camera is not live. */
  get detail(): string | undefined {
    return this.#detail;
  }

  /** What can be watched right now; empty unless the camera is live or stalled. */
  get liveTracks(): LiveTrack[] {
    return this.#live ? this.#ingests.map(({ producer, router }) => ({ producer, ingestRouter: router })) : [];
  }

  start(): void {
    this.#finished = this.#run();
  }

  /** Stops or resumes the flow from the ingest router, without disturbing the camera itself. */
  pause(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    for (const { producer } of this.#ingests) void (paused ? producer.pause() : producer.resume()).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#finished;
    (await this.#ingestRouter?.catch(() => undefined))?.close();
  }

  get #live(): boolean {
    return this.#state === 'live' || this.#state === 'stalled';
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    let waitMs = backoffMs.first;
    while (!signal.aborted) {
      this.#become('starting', this.#detail);
      let wasLive = false;
      let trouble: string;
      try {
        trouble = await this.#session(() => {
          wasLive = true;
        });
      } catch (error) {
        if (!(error instanceof CameraTrouble)) this.#options.log.error({ camera: this.id, err: error }, 'the camera could not be started');
        trouble = error instanceof CameraTrouble ? error.message : 'the media server could not take the picture in; its log says more';
      }
      if (signal.aborted) break;
      waitMs = wasLive ? backoffMs.first : Math.min(waitMs * 2, backoffMs.most);
      this.#become('offline', trouble);
      this.#options.log.warn({ camera: this.id, retryMs: waitMs }, `camera offline: ${trouble}`);
      await delay(waitMs, undefined, { signal }).catch(() => undefined);
    }
    this.#become('offline', 'the media server is going down');
  }

  /** One life of the picture, from the first connection to its end. Resolves with the reason for the end. */
  async #session(onLive: () => void): Promise<string> {
    const { signal } = this.#abort;
    const picture = await this.#picture(signal);
    const ingestRouter = await this.#router();
    let ffmpeg: ChildProcess | undefined;
    try {
      for (const track of picture.tracks) {
        const ingest = await openIngest(ingestRouter, track, this.#paused);
        this.#ingests.push(ingest);
        // Held or lifted while it was being opened.
        if (ingest.producer.paused !== this.#paused) await (this.#paused ? ingest.producer.pause() : ingest.producer.resume());
      }
      if (signal.aborted) return '';
      const outputs = this.#ingests.map(({ output }) => output);
      const { timeZone } = this.#options;
      ffmpeg = startFfmpeg({ input: picture.input, outputs, ...(timeZone && { timeZone }) });
      const ended = this.#ended(ffmpeg);
      return await Promise.race([ended, this.#watch(ended, onLive)]);
    } finally {
      for (const { transport } of this.#ingests) transport.close();
      this.#ingests = [];
      if (ffmpeg) await end(ffmpeg);
    }
  }

  async #picture(signal: AbortSignal): Promise<Picture> {
    const { source, log } = this.#options;
    switch (source.kind) {
      case 'test-picture':
        return testPicture(source);
      case 'rtsp': {
        const plan = await probe(source, signal);
        log.info({ camera: this.id, video: plan.video, sound: plan.sound }, 'camera probed');
        return rtspPicture(source, plan);
      }
      default:
        return source satisfies never;
    }
  }

  #router(): Promise<types.Router> {
    this.#ingestRouter ??= this.#options.workers.get(this.#options.homeWorker).then(async ({ worker }) => {
      const router = await worker.createRouter({ mediaCodecs });
      router.on('workerclose', () => {
        this.#ingestRouter = undefined;
      });
      return router;
    });
    this.#ingestRouter.catch(() => {
      this.#ingestRouter = undefined;
    });
    return this.#ingestRouter;
  }

  /** Resolves with the reason when ffmpeg ends, the camera is closed, or the media worker dies. */
  async #ended(ffmpeg: ChildProcess): Promise<string> {
    let lastWords = '';
    ffmpeg.stderr?.on('data', (chunk) => {
      const text = redact(String(chunk), this.#options.source);
      this.#options.log.debug({ camera: this.id }, text.trimEnd());
      lastWords = (lastWords + text).slice(-2_000);
    });
    const workerDied = new Promise<string>((resolve) => {
      this.#ingests[0]?.producer.observer.once('close', () => resolve('a media worker died and is being replaced'));
    });
    const exited = new Promise<string>((resolve) => {
      ffmpeg.once('error', () => resolve('ffmpeg cannot be started; install it (and setpriv, on Linux)'));
      ffmpeg.once('close', () => resolve(explain(lastWords, 'the camera ended the stream')));
    });
    return Promise.race([workerDied, this.#aborted, exited]);
  }

  /** Watches the packets come in: live, stalled, or failed, which it resolves with. */
  async #watch(ended: Promise<string>, onLive: () => void): Promise<string> {
    const { clock } = this.#options;
    const [video] = this.#ingests;
    let over = false;
    void ended.finally(() => {
      over = true;
    });
    let bytes = 0;
    let lastGrowth = clock.monotonic();
    while (!over && video) {
      const [stats] = await video.transport.getStats().catch(() => []);
      if (over) break;
      const silentMs = clock.monotonic() - lastGrowth;
      if ((stats?.rtpBytesReceived ?? 0) > bytes) {
        bytes = stats?.rtpBytesReceived ?? 0;
        lastGrowth = clock.monotonic();
        if (this.#state !== 'live') {
          onLive();
          this.#become('live', undefined);
        }
      } else if (this.#live && silentMs > failedAfterMs) {
        return 'the camera stopped sending';
      } else if (this.#state === 'live' && silentMs > stalledAfterMs) {
        this.#become('stalled', 'the camera has stopped sending; waiting for it');
      } else if (!this.#live && silentMs > firstPacketWithinMs) {
        return 'the camera was reached but sends no picture';
      }
      await delay(watchEveryMs);
    }
    return ended;
  }

  #become(state: CameraState, detail: string | undefined): void {
    if (this.#state === state && this.#detail === detail) return;
    this.#state = state;
    this.#detail = detail;
    this.#options.onState(this);
  }
}

/** Ends a process that we started, and waits until it is gone. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL'); // it has nothing to save, and a hung camera must not keep it
  await gone;
}
