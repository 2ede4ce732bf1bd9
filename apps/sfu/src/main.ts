import { systemClock } from '@peekaboo/shared/clock';
import { StartError } from '@peekaboo/shared/errors';
import { followConfig } from '@peekaboo/shared/follow-config';
import { createLogger } from '@peekaboo/shared/log';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { runProcess } from '@peekaboo/shared/process';
import type { CameraReport } from '@peekaboo/shared/room';
import { loadSfuConfig } from './config.ts';
import { readCredentials } from './credentials.ts';
import { Guard } from './guard.ts';
import { Rooms } from './rooms.ts';
import { Sfu } from './sfu.ts';
import { SignalLink } from './signal-link.ts';
import { Workers } from './workers.ts';

await runProcess('sfu', async (report) => {
  const environment = { ...process.env }; // with the passwords, which are taken out of the one that children inherit
  const config = loadSfuConfig(process.env);
  const log = createLogger('sfu');
  if (!setNiceness(process.pid, niceness.timely))
    log.info('this process may not go first where processors are short: see docs/operations.md, priority');
  let links: SignalLink[] = [];
  const guard = new Guard(config.periods.guard, log, () => {
    for (const link of links) link.tellGuard();
  });
  const workers = new Workers(config, guard, log);
  await workers.start();

  const rooms = new Rooms({
    ...{ workers, timeZone: config.timeZone, periods: config.periods.view, clock: systemClock, log },
    onCamera: (report) => {
      for (const link of links) link.tellCamera(report);
      tellStarter();
    },
    onCameraGone: (camera) => {
      for (const link of links) link.tellCameraGone(camera);
      tellStarter();
    },
  });
  const sfu = new Sfu(config.nursery, rooms, workers);
  links = config.signalUrls.map(
    (url) =>
      new SignalLink({
        ...{ url, sfuId: config.id, readCredentials: () => readCredentials(config.passFile), sfu, iceServers: config.iceServers },
        ...{
          cameraReports: () => rooms.reports,
          guardOnDuty: () => guard.onDuty,
          periods: config.periods,
          clock: systemClock,
          log,
          onState: tellStarter,
        },
        signalCertificate: config.signalCertificate,
      }),
  );
  sfu.use(config.cameras);
  const stopFollowing = followConfig({
    ...{ path: config.path, started: config.file, fixed: ['sfu', 'periods'], log },
    take: (read) => {
      const { path, nursery, cameras } = loadSfuConfig({ ...environment }, read);
      if (nursery !== config.nursery) throw new StartError(`${path}: nursery.id cannot change while the SFU runs; restart it`);
      sfu.use(cameras);
    },
  });

  return async () => {
    stopFollowing();
    for (const link of links) link.close();
    await rooms.close();
    await workers.close();
    guard.close();
  };

  function tellStarter(): void {
    const { reports } = rooms;
    const of = <T>(value: (camera: CameraReport) => T) => Object.fromEntries(reports.map((each) => [each.camera, value(each)]));
    report({ linked: links.every((link) => link.ready), cameras: of(({ state }) => state), details: of(({ detail }) => detail) });
  }
});
