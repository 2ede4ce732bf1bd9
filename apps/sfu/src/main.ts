import { systemClock } from '@peekaboo/shared/clock';
import { createLogger } from '@peekaboo/shared/log';
import { runProcess } from '@peekaboo/shared/process';
import type { CameraReport } from '@peekaboo/shared/room';
import { Camera } from './cameras/camera.ts';
import { loadSfuConfig } from './config.ts';
import { readCredentials } from './credentials.ts';
import { Guard } from './guard.ts';
import { Room } from './room.ts';
import { Sfu } from './sfu.ts';
import { SignalLink } from './signal-link.ts';
import { Workers } from './workers.ts';

await runProcess('sfu', async (report) => {
  const config = loadSfuConfig(process.env);
  const log = createLogger('sfu');
  let links: SignalLink[] = [];
  const guard = new Guard(config.periods.guard, log, () => {
    for (const link of links) link.tellGuard();
  });
  const workers = new Workers(config, guard, log);
  await workers.start();

  const cameras = config.cameras.map(({ id, source }, index) => {
    const options = { id, source, homeWorker: index, timeZone: config.timeZone, workers, clock: systemClock, log, onState: cameraChanged };
    return new Camera(options);
  });
  const roomOf = new Map(config.cameras.map(({ id, room }) => [id, room]));
  const rooms = new Map(
    [...new Set(roomOf.values())].map((room) => [
      room,
      new Room(
        room,
        cameras.filter(({ id }) => roomOf.get(id) === room),
        workers,
        config.periods.view,
      ),
    ]),
  );
  const sfu = new Sfu(config.nursery, rooms, workers);
  links = config.signalUrls.map(
    (url) =>
      new SignalLink({
        ...{ url, sfuId: config.id, readCredentials: () => readCredentials(config.passFile), sfu, iceServers: config.iceServers },
        ...{
          cameraReports: () => cameras.map(reportOf),
          guardOnDuty: () => guard.onDuty,
          periods: config.periods,
          clock: systemClock,
          log,
          onState: tellStarter,
        },
        signalCertificate: config.signalCertificate,
      }),
  );
  for (const camera of cameras) camera.start();

  return async () => {
    for (const link of links) link.close();
    await Promise.all(cameras.map((camera) => camera.close()));
    await workers.close();
    guard.close();
  };

  function cameraChanged(camera: Camera): void {
    const room = rooms.get(roomOf.get(camera.id) ?? '');
    if (camera.state === 'live') room?.cameraLive(camera.id);
    if (camera.state === 'offline') room?.cameraLost(camera.id);
    for (const link of links) link.tellCamera(reportOf(camera));
    tellStarter();
  }

  function reportOf({ id, state, detail }: Camera): CameraReport {
    return { camera: id, room: roomOf.get(id) ?? '', state, ...(detail !== undefined && { detail }) };
  }

  function tellStarter(): void {
    const of = <T>(value: (camera: Camera) => T) => Object.fromEntries(cameras.map((camera) => [camera.id, value(camera)]));
    report({ linked: links.every((link) => link.ready), cameras: of(({ state }) => state), details: of(({ detail }) => detail) });
  }
});
