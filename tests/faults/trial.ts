import { setTimeout as pause } from 'node:timers/promises';
import { Capture, isMedia } from '../support/capture.ts';
import { exactClock } from '../support/exact-clock.ts';
import { mediaPorts } from '../support/media-ports.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';
import type { Armed, Fault } from './fault.ts';
import type { Turn } from './one-at-a-time.ts';
import { PersistentStaff } from './persistent-staff.ts';
import { ReturningGuardian } from './returning-guardian.ts';
import type { Measured, When } from './verdict.ts';

const room = 'sunflowers';
const viewerCount = 4;
/** A fault that comes before the cut is given so long to break something. */
const brokenBeforeMs = 300;
/** How long the fault lasts, and how long it is watched after its end. */
const lastsMs = 4_000;
const watchedAfterwardsMs = 2_000;

/**
 * Lets one fault happen before, during or after one cut, in a system of its own, and captures every packet that its media
 * ports send. Guardians whose picture ends ask again and again, staff press until they read a receipt.
 * @param inTurn is for starting the system, which takes most of the machine.
 * @param faultFirst whether, when both happen at once, the fault is a moment ahead of the order, or the order of the fault.
 * @throws when the trial proves nothing, or something came to light that a capture does not show.
 */
export async function trial(fault: Fault, when: When, inTurn: Turn, faultFirst = true): Promise<Measured> {
  await using closing = new AsyncDisposableStack();
  const armed = await fault.arm();
  closing.defer(() => armed.close?.());
  const { system, staff, guardians, capture } = await setUp(armed, inTurn, closing);

  if (when === 'before') {
    await armed.inject(system);
    await pause(brokenBeforeMs);
  }
  const orderedAt = exactClock();
  const injected = when === 'during' && faultFirst ? armed.inject(system) : undefined;
  void staff.cut(room);
  await injected;
  if (when === 'during' && !faultFirst) await armed.inject(system);
  if (when === 'after') {
    await until('the cut is confirmed', () => staff.confirmedAt);
    await armed.inject(system);
  }
  const injectedAt = when === 'before' ? orderedAt : exactClock();
  await pause(injectedAt + (fault.lastsMs ?? lastsMs) - exactClock());
  const endedAt = exactClock();
  const endedMonotonic = performance.now();
  await armed.end?.(system);
  await pause(watchedAfterwardsMs);
  if (armed.end)
    await until(
      'guardians are told of the hold',
      () => guardians.some(({ lastRefusal }) => lastRefusal?.code === 'HELD' && lastRefusal.at > endedMonotonic),
      20_000,
    );

  const sent = (await capture.stop()).filter(isMedia).map(({ at }) => at);
  if (!sent.some((at) => at < orderedAt)) throw new Error('no media was seen before the order');
  await armed.inspect?.(system);
  const lastAfter = (instant: number | undefined) => Math.max(0, (sent.at(-1) ?? 0) - (instant ?? Number.POSITIVE_INFINITY));
  return { afterOrder: lastAfter(orderedAt), afterConfirmation: lastAfter(staff.confirmedAt), afterEnd: lastAfter(endedAt) };
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
  return { system, staff, guardians, capture };
}
