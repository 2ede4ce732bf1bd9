import type { Floors } from '../bench/floors/measure-floors.ts';
import type { BrowsersSeen } from './browsers.ts';
import type { Events } from './events.ts';
import type { Gaps } from './gap-watch.ts';
import type { CutSeen } from './observe-cut.ts';
import { quantile } from './quantile.ts';
import { type ProcessName, processNames, type Sample } from './recorder.ts';

export type Run = {
  settings: { profile: string; families: number; rooms: number; rampMs: number; holdMs: number };
  events: Omit<Events, 'ports' | 'note'>;
  samples: Sample[];
  /** When everybody was in, and when the hold was over. */
  hold: { fromMs: number; toMs: number };
  gaps: Gaps;
  lostPackets: number;
  /** What signal's heap held of live objects with so many watching, and when all had left; undefined where it cannot be told. */
  heap: { watching: number; bytes: number | undefined; bytesWithout: number | undefined };
  cut: CutSeen | undefined;
  browsers: BrowsersSeen | undefined;
  workersGone: number;
  floors: Floors;
};

export type LoadReport = ReturnType<typeof reportOf>;

/** Beyond these, what the generator says of others is said too late to be believed. */
const generatorLagMs = 50;
const idleShare = 0.03;

/** Turns what was seen into the report; its keys are documented in docs/performance.md and do not change. */
export function reportOf({ settings, events, samples, hold, gaps, lostPackets, heap, cut, browsers, workersGone, floors }: Run) {
  const during = samples.filter(({ atMs }) => atMs > hold.fromMs + 1_000 && atMs <= hold.toMs);
  const cores = (...names: ProcessName[]) => mean(during.map((sample) => names.reduce((sum, name) => sum + sample.cores[name], 0)));
  const rssMb = (...names: ProcessName[]) =>
    Math.max(0, ...during.map((sample) => names.reduce((sum, name) => sum + sample.rssMb[name], 0)));
  const packetsPerSecond = mean(during.map((sample) => sample.packetsPerSecond));
  const sfuCores = cores('sfu', 'worker');
  const lagMs = Math.max(0, ...samples.map((sample) => sample.lagMs));
  const idle = mean(during.map((sample) => sample.idle));
  const tired = [
    ...(lagMs > generatorLagMs ? [`its event loop was ${lagMs.toFixed(0)} ms late`] : []),
    ...(idle < idleShare ? [`the machine had ${(idle * 100).toFixed(1)} % of its time left`] : []),
  ];
  return rounded({
    ...settings,
    joins: { attempted: events.attempted, succeeded: events.pictures.length, failed: events.failures.length },
    joinMs: quantiles(events.joins.map(({ ms }) => ms)),
    firstFrameMs: quantiles(events.pictures.map(({ ms }) => ms)),
    gaps,
    lost: { views: events.closed.filter(({ reason }) => reason !== 'cut').length, packets: lostPackets },
    cut: cut && {
      viewers: cut.viewers,
      maxMs: Math.max(0, ...cut.lastMs),
      p99Ms: quantile(cut.lastMs, 0.99),
      ...{ ackMs: cut.ackMs, stillReceiving: cut.stillReceiving, confirmed: cut.confirmed, packetsBefore: cut.packetsBefore },
      ...{ measuredBy: cut.measuredBy, since: cut.since },
    },
    browsers: browsers && {
      ...{ viewers: browsers.viewers, failed: browsers.failed, firstFrameMs: quantiles(browsers.firstFramesMs) },
      ...{ frames: browsers.frames, framesPerSecond: browsers.framesPerSecond },
      ...{ freezes: browsers.freezes, longestFreezeMs: browsers.longestFreezeMs },
      lastFrameMs: cut ? Math.max(0, ...browsers.lastFramesAt.map((at) => at - cut.clickedAt)) : Number.NaN,
      cores: cores('browser'),
    },
    sfu: {
      cores: sfuCores,
      nodeCores: cores('sfu'),
      packetsPerSecond,
      kbpsPerView: mean(during.map(({ kbps, watching }) => kbps / watching)),
      coresPer10kPps: (sfuCores / packetsPerSecond) * 10_000,
      rssMb: rssMb('sfu', 'worker'),
    },
    signal: {
      cores: cores('signal'),
      rssMb: rssMb('signal'),
      heapPerSocketKb: ((heap.bytes ?? Number.NaN) - (heap.bytesWithout ?? Number.NaN)) / 1_000 / heap.watching,
    },
    cameras: { cores: cores('camera') },
    guard: { cores: cores('guard'), kills: workersGone },
    generator: { cores: cores('generator'), saturated: tired.length > 0, because: tired.join('; '), lagMs },
    machine: { idle },
    growth: Object.fromEntries(processNames.map((name) => [name, { rssMb: growthOf(during, name) }])),
    failures: countBy(events.failures.map(({ why }) => why)),
    floors,
  });
}

function quantiles(values: number[]) {
  return { p50: quantile(values, 0.5), p95: quantile(values, 0.95), p99: quantile(values, 0.99) };
}

/** By how much the memory grew from the first tenth of the hold to the last, by the means of both. */
function growthOf(during: Sample[], name: ProcessName): number {
  const few = Math.max(1, Math.floor(during.length / 10));
  const meanOf = (some: Sample[]) => mean(some.map(({ rssMb }) => rssMb[name]));
  return meanOf(during.slice(-few)) - meanOf(during.slice(0, few));
}

function countBy(words: string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** To four significant digits, whole numbers as they are. JSON has no NaN: what was not measured becomes null. */
export function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isInteger(each) ? Number(each.toPrecision(4)) : each)),
  );
}
