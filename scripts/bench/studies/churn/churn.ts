import { setTimeout as delay } from 'node:timers/promises';
import { Crowd } from '../../../load/crowd.ts';
import { Events } from '../../../load/events.ts';
import { findSystem, type Part } from '../../../load/system-processes.ts';
import { startOwn, type Target } from '../../../load/target.ts';
import { usageOf } from '../../../load/usage.ts';
import { growthOf } from './growth.ts';

/** `visits` by each of so many families make a batch; memory is read between two of them. */
export type ChurnSizes = { warmUp: number; cycles: number; families: number; visits: number };

const staysMs = 100;
/** All of the last views are closed by then, and what they took is free. */
const quietAfterMs = 2_000;
const longestMs = 10 * 60_000;

export const churnParts = ['signal', 'sfu', 'worker'] as const;
type PerPart = Record<(typeof churnParts)[number], number>;

type InNode = Omit<PerPart, 'worker'>;

/**
 * After so many cycles, with nobody there: memory in RAM, all workers together, and the live objects of the programs in Node, in MB, once they have
 * given back all that they can; and what was in RAM before that, which mostly tells how long ago their collector ran.
 */
type Reading = { cycles: number; rssMb: PerPart; heapMb: InNode; uncollectedMb: InNode };

export type Churn = {
  warmUp: number;
  cycles: number;
  failed: number;
  seconds: number;
  /** Media workers that were replaced meanwhile: their memory is that of new ones. */
  workersGone: number;
  readings: Reading[];
  /** By how much memory grew from the end of the warm-up to the last cycle, as a share of what it was then. */
  growth: PerPart;
};

/**
 * Families come by the whole path (socket, pass, watch, ICE, DTLS, a whole keyframe), leave and come back, in batches. Between two batches
 * nobody is there, garbage is collected, and memory is read.
 */
export async function measureChurn({ warmUp, cycles, families, visits }: ChurnSizes, say: (line: string) => void): Promise<Churn> {
  const target = await startOwn(2, { more: { PEEKABOO_GIVE_BACK: 'yes' } });
  const workers = processesOf(target, 'worker');
  const begunAt = performance.now();
  const readings: Reading[] = [];
  let [done, failed, workersGone] = [0, 0, 0];
  try {
    while (done < warmUp + cycles) {
      if (performance.now() - begunAt > longestMs) throw new Error(`only ${done} cycles within ${longestMs / 60_000} minutes`);
      failed += await comeAndGo(target, families, visits);
      done += families * visits;
      if (done < warmUp) continue;
      const reading = await read(target, done);
      readings.push(reading);
      workersGone = workers.filter((pid) => !usageOf(pid)).length;
      const { signal, sfu, worker } = reading.rssMb;
      say(`churn: ${done} cycles, ${failed} failed; MB: signal ${signal.toFixed(1)}, sfu ${sfu.toFixed(1)}, workers ${worker.toFixed(1)}`);
    }
  } finally {
    await target.stop();
  }
  const growth = Object.fromEntries(churnParts.map((part) => [part, growthOf(readings.map(({ rssMb }) => rssMb[part]))])) as PerPart;
  return { warmUp, cycles: done - warmUp, failed, seconds: (performance.now() - begunAt) / 1_000, workersGone, readings, growth };
}

/** So many families visit so many times each. Returns how many visits failed. */
async function comeAndGo(target: Target, count: number, visits: number): Promise<number> {
  const events = new Events();
  const families = Array.from({ length: count }, (_, index) => ({
    ...{ room: target.rooms[index % target.rooms.length] as string, joinAtMs: index * 20 },
    ...{ staysMs, visits },
  }));
  const crowd = await Crowd.start({ ...target, protocol: 'peekaboo' }, families, (news) => {
    if (news.news !== 'sample' && news.news !== 'last-packets' && news.news !== 'settled') events.note(news);
  });
  try {
    crowd.run(performance.timeOrigin + performance.now());
    const overdue = performance.now() + longestMs;
    while (events.pictures.length + events.failures.length < count * visits) {
      if (performance.now() > overdue) throw new Error(`only ${events.pictures.length} of ${count * visits} cycles came about`);
      await delay(50);
    }
    await delay(2 * staysMs);
    return events.failures.length;
  } finally {
    await crowd.stop();
  }
}

async function read(target: Target, cycles: number): Promise<Reading> {
  await delay(quietAfterMs);
  const heap = async (part: 'signal' | 'sfu') => ((await target.heapInUse?.(part)) ?? Number.NaN) / 1e6;
  const [signalBefore, sfuBefore] = [rssOf(target, 'signal'), rssOf(target, 'sfu')];
  const heapMb = { signal: await heap('signal'), sfu: await heap('sfu') };
  const rssMb = { signal: rssOf(target, 'signal'), sfu: rssOf(target, 'sfu'), worker: rssOf(target, 'worker') };
  return { cycles, rssMb, heapMb, uncollectedMb: { signal: signalBefore, sfu: sfuBefore } };
}

function processesOf(target: Target, part: Part): number[] {
  const system = findSystem(Number(new URL(target.url).port));
  return system.filter((each) => each.part === part).map(({ pid }) => pid);
}

function rssOf(target: Target, part: Part): number {
  return processesOf(target, part).reduce((sum, pid) => sum + (usageOf(pid)?.rssMb ?? 0), 0);
}
