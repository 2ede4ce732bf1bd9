import { type CloseReason, viewsInOneMessage } from '@peekaboo/shared/wire';

/** Those that close within this time are told of together: a cut closes hundreds, and is confirmed meanwhile. */
const gatherMs = 100;

type ClosedView = { view: string; reason: CloseReason };

/** The views that signal is still to be told are over. */
export class ClosedViews {
  readonly #settled: () => Promise<void>;
  readonly #tell: (views: ClosedView[]) => void;
  #waiting: ClosedView[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param settled resolves when the media workers have carried out all they were asked so far: only then is a view over. */
  constructor(settled: () => Promise<void>, tell: (views: ClosedView[]) => void) {
    this.#settled = settled;
    this.#tell = tell;
  }

  add(view: string, reason: CloseReason): void {
    this.#waiting.push({ view, reason });
    this.#timer ??= setTimeout(() => void this.#tellAll(), gatherMs);
  }

  async #tellAll(): Promise<void> {
    this.#timer = undefined;
    const views = this.#waiting.splice(0);
    await this.#settled();
    for (let from = 0; from < views.length; from += viewsInOneMessage) this.#tell(views.slice(from, from + viewsInOneMessage));
  }
}
