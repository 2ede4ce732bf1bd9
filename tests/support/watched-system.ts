import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { System, type SystemOptions } from './system.ts';
import { until } from './until.ts';

/** A system, and one guardian who watches the sunflowers in it. */
export class WatchedSystem {
  readonly system: System;
  readonly viewer: HeadlessViewer;

  private constructor(system: System, viewer: HeadlessViewer) {
    this.system = system;
    this.viewer = viewer;
  }

  /** Resolves when there is a picture. */
  static async start(options: SystemOptions = {}): Promise<WatchedSystem> {
    const system = await System.start(options);
    const viewer = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    const watched = new WatchedSystem(system, viewer);
    await viewer.watch('sunflowers');
    await viewer.picture();
    return watched;
  }

  /** Waits until no packet has come for a second, and returns how many milliseconds after `since`, by performance.now(), the last one came. */
  async lastPacketAfter(since: number): Promise<number> {
    await until('silence for a second', () => performance.now() - this.viewer.lastPacketAt > 1_000, 6_000);
    return this.viewer.lastPacketAt - since;
  }

  /** Asks until the guardian may watch again, as their page does, and waits for the picture. */
  async pictureAgain(room = 'sunflowers', withinMs = 15_000): Promise<void> {
    const watches = () =>
      this.viewer.watch(room).then(
        () => true,
        () => false,
      );
    await until('watching works again', watches, withinMs);
    await this.viewer.picture();
  }

  async stop(): Promise<void> {
    this.viewer.close();
    await this.system.stop();
  }
}
