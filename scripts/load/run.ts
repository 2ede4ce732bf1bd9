import { setTimeout as delay } from 'node:timers/promises';
import { measureFloors } from '../bench/floors/measure-floors.ts';
import { Crowd } from './crowd.ts';
import type { Family } from './crowd-messages.ts';
import { cutEverybody } from './cut.ts';
import { Events } from './events.ts';
import type { CutSeen } from './observe-cut.ts';
import type { LoadOptions } from './options.ts';
import { Recorder, type Sample } from './recorder.ts';
import type { Run } from './report.ts';
import { seededRandom, visitsOf } from './schedule.ts';
import { findSystem } from './system-processes.ts';
import type { Target } from './target.ts';

const startInMs = 1_500;
/** How long after the last click the last family may still be joining. */
const settleWithinMs = 20_000;
const seed = 1;

/** Lets the families come, holds, cuts if asked, and returns what was seen. The crowd is gone when this returns. */
export async function runLoad(target: Target, options: LoadOptions, onSample: (sample: Sample, phase: string) => void): Promise<Run> {
  const { profile, families, rampMs, holdMs } = options;
  const floors = await measureFloors();
  const events = new Events();
  const lastPackets: number[][] = [];
  let recorder: Recorder | undefined;
  let phase = 'start';
  const crowd = await Crowd.start({ ...target, protocol: 'peekaboo' }, familiesOf(target, options), (news, from) => {
    if (news.news === 'sample') recorder?.note(from, news);
    else if (news.news === 'last-packets') lastPackets.push(news.at);
    else events.note(news);
  });
  try {
    const startAt = performance.timeOrigin + performance.now() + startInMs;
    const system = findSystem(Number(new URL(target.url).port || 80));
    recorder = new Recorder(target.url, system, crowd.pids, startAt, (sample) => onSample(sample, phase));
    crowd.run(startAt);

    phase = 'ramp';
    await delay(startInMs + rampMs);
    const settledBy = performance.now() + settleWithinMs;
    while (events.pictures.length + events.failures.length < families && performance.now() < settledBy) await delay(50);
    phase = 'hold';
    const fromMs = sinceMs(startAt);
    await delay(holdMs);
    const toMs = sinceMs(startAt);
    crowd.order('settle');

    let cut: CutSeen | undefined;
    if (options.cut) {
      phase = 'cut';
      if (profile === 'churn') await delay(settleWithinMs / 4); // those who are coming back are in again
      cut = await cutEverybody(target, [...events.ports], async () => {
        crowd.order('tell-last-packets');
        while (lastPackets.length < crowd.pids.length) await delay(20);
        return lastPackets.flat();
      });
    }
    recorder.stop();
    const { samples, workersGone } = recorder;
    const heapBefore = samples.find(({ heapBytes, watching }) => heapBytes !== undefined && watching === 0)?.heapBytes;
    const settings = { profile, families, rooms: target.rooms.length, rampMs, holdMs };
    return { settings, events, samples, hold: { fromMs, toMs }, heapBefore, cut, workersGone, floors };
  } finally {
    recorder?.stop();
    await crowd.stop();
  }
}

function familiesOf({ rooms }: Target, { profile, families, rampMs }: LoadOptions): Family[] {
  const visits = visitsOf(profile, families, rampMs, seededRandom(seed));
  return visits.map((visit, index) => ({ room: rooms[index % rooms.length] as string, ...visit }));
}

function sinceMs(startAt: number): number {
  return performance.timeOrigin + performance.now() - startAt;
}
