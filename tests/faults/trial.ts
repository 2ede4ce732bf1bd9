import { setTimeout as pause } from 'node:timers/promises';
import { Capture, type CapturedPacket, isMedia } from '../support/capture.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import { carriedOutAt, readCut } from './cut-records.ts';
import type { Armed, Fault } from './fault.ts';
import type { Turn } from './few-at-a-time.ts';
import { PersistentStaff } from './persistent-staff.ts';
import { ReturningGuardian } from './returning-guardian.ts';
import type { Seen, When } from './verdict.ts';

const room = 'sunflowers';
const viewerCount = 4;
/** Everybody has been sent media so shortly before anything happens. */
const sentWithinMs = 500;
/** A fault that comes before the cut is given so long to break something. */
const brokenBeforeMs = 300;
/** Of fault and order "at once", the second comes up to so much later: as long as a cut takes, so that it is met at every stage. */
const apartMs = 30;
/** How long the fault lasts: longer than what a cut may take. After its end all is to recover in time, and is watched a while more. */
const lastsMs = 3_000;
const recoversWithinMs = 30_000;
const watchedAfterwardsMs = 1_500;

/** A machine that was busy with other things has spoilt the trial before anything was tried. */
export class ProvesNothing extends Error {}

/** How far the cut had come when the fault came: signal's ledger had it; the SFU had carried it out. */
export type Reached = { ledger: boolean; sfu: boolean };

/**
 * Lets one fault happen before, during or after one cut, in a system of its own, and captures every packet that its media
 * ports send. Guardians whose picture ends ask again and again, staff press until they read a receipt.
 * @param inTurn is for starting the system, which takes most of the machine.
 * @param orderFirst whether, when both happen at once, the order is a moment ahead of the fault, or the fault of the order.
 * @throws ProvesNothing, or when staff, a guardian or the SFU do not recover, or something came to light that a capture does not show.
 */
export async function trial(fault: Fault, when: When, inTurn: Turn, orderFirst = true): Promise<Seen & { reached: Reached }> {
  await using closing = new AsyncDisposableStack();
  const armed = await fault.arm();
  closing.defer(() => armed.close?.());
  const { system, staff, guardians, capture } = await setUp(armed, inTurn, closing);

  const { sfu } = system;
  let orderedAt = 0;
  let injectedAt = 0;
  const order = () => {
    orderedAt = Date.now();
    void staff.cut(room);
  };
  const inject = () => {
    injectedAt = Date.now();
    return armed.inject(system);
  };
  if (when === 'before') {
    await inject();
    await pause(brokenBeforeMs);
    order();
  } else if (when === 'during' && !orderFirst) {
    const injected = inject();
    await pause(Math.random() * apartMs);
    order();
    await injected;
  } else {
    order();
    if (when === 'during') await pause(Math.random() * apartMs);
    else await until('the cut is confirmed', () => staff.confirmed);
    await inject();
  }
  await pause(Math.max(orderedAt, injectedAt) + (fault.lastsMs ?? lastsMs) - Date.now());
  const endedAt = Date.now();
  const endedMonotonic = performance.now();
  await armed.end?.(system);
  await until('staff read that it is dark', () => staff.confirmed, recoversWithinMs);
  await until(
    'every guardian is told of the hold',
    () => guardians.every(({ lastRefusal }) => lastRefusal?.code === 'HELD' && lastRefusal.at > endedMonotonic),
    recoversWithinMs,
  );
  await system.camerasLive();
  await pause(watchedAfterwardsMs);

  const media = (await capture.stop()).filter(isMedia);
  throwUnlessAllWatched(media, Math.min(orderedAt, injectedAt));
  await armed.inspect?.(system);
  const { toldAt, confirmedAt } = readCut(system.dataFolder, room, endedAt);
  if (confirmedAt === Number.POSITIVE_INFINITY) throw new Error('staff have read a confirmation that the ledger does not have');
  const reached = { ledger: toldAt <= injectedAt, sfu: carriedOutAt(sfu.output, orderedAt) <= injectedAt };
  return { sent: media.map(({ at }) => at), orderedAt, confirmedAt, endedAt, reached };
}

/** Silence after the order proves nothing unless there was media to each of them just before. */
function throwUnlessAllWatched(media: CapturedPacket[], instant: number): void {
  const reached = new Set(media.filter(({ at }) => at < instant && at > instant - sentWithinMs).map(({ to }) => to));
  if (reached.size < viewerCount)
    throw new ProvesNothing(`only ${reached.size} of ${viewerCount} guardians were sent media in the ${sentWithinMs} ms before`);
}

/** A first picture is sent at once, from memory; what comes after it is live. */
async function untilMediaFlows(guardians: ReturningGuardian[]): Promise<void> {
  const before = guardians.map(({ packets }) => packets);
  const flows = ({ packets, silentForMs }: ReturningGuardian, index: number) => packets > (before[index] ?? 0) + 5 && silentForMs < 100;
  await until('everybody is sent media', () => guardians.every(flows), recoversWithinMs);
}

/** Sets the stage: everybody watches, and every packet is captured. What has to be closed is added to `closing`. */
async function setUp(armed: Armed, inTurn: Turn, closing: AsyncDisposableStack) {
  const { link } = armed.options ?? {};
  const ports = mediaPorts();
  const camera = { id: 'sunflowers-1', room, kind: 'test-picture', ...armed.camera };
  const config = nurseryConfig({
    cameras: [camera],
    sfu: { port: ports[0], listenAddresses: [link?.mediaAddress ?? '127.0.0.1'] },
    ...(link && { trustProxy: [link.network], limits: { exempt: [link.network] } }), // it is no loopback, and without TLS
  });
  const system = await inTurn(() => System.start({ ...armed.options, config }));
  closing.defer(() => system.stop());
  const capture = await Capture.start(ports, { ...(link && { device: link.mediaInterface, towards: link.mediaAddress }) });
  closing.defer(async () => void (await capture.stop().catch(() => undefined)));
  const staff = await PersistentStaff.connect(system.url, await system.pass('staff', { validForSeconds: 86_400 }));
  closing.defer(() => staff.close());
  const passes = await Promise.all(Array.from({ length: viewerCount }, () => system.pass('guardian', { validForSeconds: 86_400 })));
  const guardians = passes.map((pass) => new ReturningGuardian(system.url, pass, room));
  closing.defer(() => guardians.forEach((guardian) => void guardian.close()));
  await Promise.all(guardians.map((guardian) => guardian.watch()));
  await armed.ready?.(system);
  await untilMediaFlows(guardians);
  return { system, staff, guardians, capture };
}
