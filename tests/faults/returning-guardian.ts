import { setTimeout as delay } from 'node:timers/promises';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import type { Credentials } from '@peekaboo/shared/proof';
import { until } from '../support/until.ts';

const againAfterMs = 300;
const firstPictureWithinMs = 20_000;

/** A guardian who never gives up: whenever the connection or the picture ends, they ask again, as their page does. */
export class ReturningGuardian {
  readonly #url: string;
  readonly #credentials: Credentials;
  readonly #room: string;
  #viewer: HeadlessViewer | undefined;
  #over = false;
  /** What the latest refusal said, and when, by performance.now(). */
  lastRefusal: { code: string; at: number } | undefined;

  constructor(url: string, credentials: Credentials, room: string) {
    this.#url = url;
    this.#credentials = credentials;
    this.#room = room;
  }

  /** Packets of the present connection, and how long ago the last one came, in milliseconds. */
  get packets(): number {
    return this.#viewer?.packets ?? 0;
  }
  get silentForMs(): number {
    return performance.now() - (this.#viewer?.lastPacketAt ?? Number.NEGATIVE_INFINITY);
  }

  /** Goes on until `close`. Resolves with the first picture. */
  async watch(): Promise<void> {
    const viewer = await this.#connect();
    void this.#keepWatching(viewer);
    await viewer.picture(firstPictureWithinMs);
  }

  close(): void {
    this.#over = true;
    this.#viewer?.close();
  }

  async #connect(): Promise<HeadlessViewer> {
    const viewer = await HeadlessViewer.connect(this.#url, this.#credentials);
    this.#viewer = viewer;
    if (this.#over) viewer.close();
    return viewer;
  }

  async #keepWatching(first: HeadlessViewer): Promise<void> {
    let viewer = first;
    while (!this.#over) {
      try {
        if (viewer.socket.disconnected) {
          viewer.close();
          viewer = await this.#connect();
        }
        await viewer.watch(this.#room);
        await ended(viewer);
      } catch (error) {
        const { code } = error as { code?: string };
        if (code !== undefined) this.lastRefusal = { code, at: performance.now() };
      }
      await delay(againAfterMs);
    }
  }
}

/** Resolves when this viewer has no view, as far as its page can know. */
function ended(viewer: HeadlessViewer): Promise<unknown> {
  const hasView = () => viewer.socket.connected && !viewer.closed.some(({ view }) => view === viewer.view);
  return until('the view ends', () => !hasView(), Number.POSITIVE_INFINITY);
}
