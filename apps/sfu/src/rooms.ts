import type { Clock } from '@peekaboo/shared/clock';
import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';
import type { CameraReport } from '@peekaboo/shared/room';
import { Camera } from './cameras/camera.ts';
import type { SfuConfig } from './config.ts';
import { Room } from './room.ts';
import type { Workers } from './workers.ts';

export type CameraConfig = SfuConfig['cameras'][number];

export type RoomsOptions = {
  workers: Workers;
  timeZone: string;
  periods: Periods['view'];
  clock: Clock;
  log: Logger;
  onCamera: (report: CameraReport) => void;
  onCameraGone: (camera: string) => void;
};

/** The rooms that have cameras here, and the cameras: those that the configuration names now. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #cameras = new Map<string, { camera: Camera; room: Room; config: CameraConfig }>();
  #nextWorker = 0;

  constructor(options: RoomsOptions) {
    this.#options = options;
  }

  get all(): Room[] {
    return [...this.#rooms.values()];
  }

  get(id: string): Room | undefined {
    return this.#rooms.get(id);
  }

  get reports(): CameraReport[] {
    return [...this.#cameras.values()].map(({ camera, room }) => reportOf(camera, room));
  }

  /** Takes over these cameras: starts those that are new, closes those that are gone or differ, leaves the others alone. */
  use(configs: readonly CameraConfig[]): void {
    const wanted = new Map(configs.map((config) => [config.id, JSON.stringify(config)]));
    for (const [id, { config }] of [...this.#cameras]) if (wanted.get(id) !== JSON.stringify(config)) this.#remove(id);
    for (const config of configs) if (!this.#cameras.has(config.id)) this.#add(config);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#cameras.values()].map(({ camera }) => camera.close()));
  }

  #add(config: CameraConfig): void {
    const { workers, timeZone, periods, clock, log } = this.#options;
    const room = this.#rooms.get(config.room) ?? new Room(config.room, workers, periods);
    const { id, source } = config;
    const onState = (changed: Camera) => this.#changed(changed);
    const camera = new Camera({ id, source, homeWorker: this.#nextWorker++, timeZone, workers, clock, log, onState });
    this.#rooms.set(room.id, room);
    this.#cameras.set(id, { camera, room, config });
    room.add(camera);
    camera.start();
  }

  /** Its views are closed before anything is waited for. */
  #remove(id: string): void {
    const placed = this.#cameras.get(id);
    if (!placed) return;
    const { camera, room } = placed;
    this.#cameras.delete(id);
    room.remove(camera);
    if (room.cameras.length === 0) this.#rooms.delete(room.id);
    this.#options.onCameraGone(id);
    void camera.close();
  }

  #changed(camera: Camera): void {
    const placed = this.#cameras.get(camera.id);
    if (placed?.camera !== camera) return; // it was removed, and has only just ended
    if (camera.state === 'live') placed.room.cameraLive(camera.id);
    if (camera.state === 'offline') placed.room.cameraLost(camera.id);
    this.#options.onCamera(reportOf(camera, placed.room));
  }
}

function reportOf({ id, state, detail }: Camera, room: Room): CameraReport {
  return { camera: id, room: room.id, state, ...(detail !== undefined && { detail }) };
}
