import { setTimeout as delay } from 'node:timers/promises';
import { measureFloors } from '../bench/floors/measure-floors.ts';
import { Browsers } from './browsers.ts';
import { Crowd } from './crowd.ts';
import type { CrowdNews, Family } from './crowd-messages.ts';
import { cutEverybody } from './cut.ts';
import { Events } from './events.ts';
import { sumOf } from './gap-watch.ts';
import { inviteGuardians } from './invited.ts';
import type { CutSeen } from './observe-cut.ts';
import type { LoadOptions } from './options.ts';
import { never, orAborted } from './or-aborted.ts';
import { portOf } from './port-of.ts';
import { Recorder, type Sample } from './recorder.ts';
import type { Run } from './report.ts';
import { seededRandom, visitsOf } from './schedule.ts';
import { findSystem } from './system-processes.ts';
import type { Target } from './target.ts';

const startInMs = 1_500;
/** Whoever came last is counted among those who watch by then. */
const calmAfterMs = 2_000;
/** What those who left took with them is free by then. */
const quietAfterMs = 2_000;
const answerWithinMs = 15_000;
/** How long after the last click the last family may still be joining. */
const settleWithinMs = 20_000;
const seed = 1;

/**
 * Lets the families come, holds, cuts if asked, and returns what was seen. The crowd is gone when this returns, a cut is lifted, and nobody is invited any more.
 * @param signal interrupts it, with the same end.
 */
export async function runLoad(
  target: Target,
  options: LoadOptions,
  onSample: (sample: Sample, phase: string) => void,
  signal: AbortSignal = never,
): Promise<Run> {
  await using closing = new AsyncDisposableStack();
  const { profile, families, rampMs, holdMs } = options;
  const pause = (ms: number) => delay(ms, undefined, { signal });
  const floors = await measureFloors(signal);
  const events = new Events();
  const lastPackets: number[][] = [];
  const settled: Extract<CrowdNews, { news: 'settled' }>[] = [];
  let recorder: Recorder | undefined;
  let phase = 'start';
  const invited = await inviteGuardians(target.config, target.url, options.browsers + (options.invite ? families : 0), signal);
  closing.defer(() => invited.end());
  const linksOfBrowsers = invited.links.splice(0, options.browsers);
  const hear = (news: CrowdNews, from: number) => {
    if (news.news === 'sample') recorder?.note(from, news);
    else if (news.news === 'last-packets') lastPackets.push(news.at);
    else if (news.news === 'settled') settled.push(news);
    else events.note(news);
  };
  const crowd = await Crowd.start({ ...target, protocol: 'peekaboo' }, familiesOf(target, options, invited.links), hear, signal);
  closing.defer(() => crowd.stop());
  const browsers = options.browsers > 0 ? await Browsers.open(linksOfBrowsers, target.rooms, signal) : undefined;
  closing.defer(() => browsers?.close());
  const startAt = performance.timeOrigin + performance.now() + startInMs;
  const system = findSystem(portOf(target.url));
  const processes = { system, generator: crowd.pids, browsers: () => browsers?.pids ?? [] };
  recorder = new Recorder(processes, startAt, (sample) => onSample(sample, phase));
  closing.defer(() => recorder?.stop());
  crowd.run(startAt);
  const clicking = pause(startInMs).then(() => browsers?.run(rampMs));
  const clicked = orAborted(clicking, signal);
  clicked.catch(() => undefined); // it is awaited below, unless all of this is interrupted first

  phase = 'ramp';
  await pause(startInMs + rampMs);
  const settledBy = performance.now() + settleWithinMs;
  while (events.pictures.length + events.failures.length < families && performance.now() < settledBy) await pause(50);
  await clicked;
  await pause(calmAfterMs);
  const heapBytes = await orAborted(heapNow(target), signal); // long before a cut: signal has to warm up again after it
  const heapOf = recorder.samples.at(-1)?.watching ?? 0;
  phase = 'hold';
  const fromMs = sinceMs(startAt);
  await pause(holdMs);
  const toMs = sinceMs(startAt);
  crowd.order('settle');
  await heardFromAll(settled, crowd, signal);
  let seen = await browsers?.seen(true);

  let cut: CutSeen | undefined;
  if (options.cut) {
    phase = 'cut';
    if (profile === 'churn') await pause(settleWithinMs / 4); // those who are coming back are in again
    const tellLastPackets = async () => {
      crowd.order('tell-last-packets');
      return (await heardFromAll(lastPackets, crowd, signal)).flat();
    };
    cut = await cutEverybody(target, [...events.ports], tellLastPackets, signal);
    seen = await browsers?.seen(true);
  }
  recorder.stop();
  const { samples } = recorder;
  await Promise.all([crowd.stop(), browsers?.close()]);
  await pause(quietAfterMs);
  const heap = { watching: heapOf + options.browsers, bytes: heapBytes, bytesWithout: await orAborted(heapNow(target), signal) };
  const { ended } = recorder;
  const gaps = sumOf(settled.map((each) => each.gaps));
  const there = settled.filter(({ watching }) => watching > 0);
  const lostPackets = there.length > 0 ? there.reduce((sum, each) => sum + each.lostPackets, 0) : undefined;
  const settings = { profile, families, rooms: target.rooms.length, rampMs, holdMs, kbps: options.kbps ?? null, invite: options.invite };
  return { settings, events, samples, hold: { fromMs, toMs }, gaps, lostPackets, heap, cut, browsers: seen, ended, floors };
}

function familiesOf({ rooms }: Target, { profile, families, rampMs }: LoadOptions, invites: string[]): Family[] {
  const visits = visitsOf(profile, families, rampMs, seededRandom(seed));
  return visits.map((visit, index) => ({
    room: rooms[index % rooms.length] as string,
    ...visit,
    invite: invites[index],
  }));
}

/** Undefined also of a signal that is being replaced. */
async function heapNow(target: Target): Promise<number | undefined> {
  return target.heapInUse?.().catch(() => undefined);
}

/** Waits for as many answers as the crowd has processes. */
async function heardFromAll<T>(answers: T[], crowd: Crowd, signal: AbortSignal): Promise<T[]> {
  const by = performance.now() + answerWithinMs;
  while (answers.length < crowd.pids.length) {
    if (performance.now() > by) throw new Error('a process of the generator does not answer');
    await delay(20, undefined, { signal });
  }
  return answers;
}

function sinceMs(startAt: number): number {
  return performance.timeOrigin + performance.now() - startAt;
}
