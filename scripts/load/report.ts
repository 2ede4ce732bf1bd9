import type { Floors } from '../bench/floors/measure-floors.ts';
import type { BrowsersSeen } from './browsers.ts';
import type { Events } from './events.ts';
import type { Gaps } from './gap-watch.ts';
import type { CutSeen } from './observe-cut.ts';
import { mostOf, quantile } from './quantile.ts';
import { type Ended, type ProcessName, processNames, type Sample } from './recorder.ts';

export type Run = {
  settings: { profile: string; families: number; rooms: number; rampMs: number; holdMs: number; kbps: number | null; invite: boolean };
  events: Omit<Events, 'ports' | 'note'>;
  samples: Sample[];
  /** When everybody was in, and when the hold was over. */
  hold: { fromMs: number; toMs: number };
  /** Undefined without a stream. */
  gaps: Gaps | undefined;
  /** Undefined when nobody was there to whom they could have come. */
  lostPackets: number | undefined;
  /** What signal's heap held of live objects with so many watching, and when all had left; undefined where it cannot be told. */
  heap: { watching: number; bytes: number | undefined; bytesWithout: number | undefined };
  cut: CutSeen | undefined;
  browsers: BrowsersSeen | undefined;
  /** Processes that were there at the start, and are no more. */
  ended: Ended;
  floors: Floors;
};

export type LoadReport = ReturnType<typeof reportOf>;

/** Beyond these, what the generator says of others is said too late to be believed. */
const generatorLagMs = 50;
const idleShare = 0.03;
const fewestForHeap = 20;

/** Turns what was seen into the report; its keys are documented in docs/performance.md and do not change. */
export function reportOf({ settings, events, samples, hold, gaps, lostPackets, heap, cut, browsers, ended, floors }: Run) {
  const during = samples.filter(({ atMs }) => atMs > hold.fromMs + 1_000 && atMs <= hold.toMs);
  const cores = (...names: ProcessName[]) => mean(during.map((sample) => names.reduce((sum, name) => sum + sample.cores[name], 0)));
  const rssMb = (...names: ProcessName[]) =>
    orNull(mostOf(during.map((sample) => names.reduce((sum, name) => sum + sample.rssMb[name], 0))));
  const packetsPerSecond = mean(during.map((sample) => sample.packetsPerSecond));
  const sfuCores = cores('sfu', 'worker');
  const lagMs = mostOf(samples.map((sample) => sample.lagMs));
  const idle = mean(during.map((sample) => sample.idle));
  const tired = [
    ...(lagMs > generatorLagMs ? [`its event loop was ${lagMs.toFixed(0)} ms late`] : []),
    ...(idle < idleShare ? [`the machine had ${(idle * 100).toFixed(1)} % of its time left`] : []),
  ];
  return rounded({
    ...settings,
    joins: { attempted: events.attempted, succeeded: events.pictures.length, failed: events.failures.length },
    joinMs: quantiles(events.joins.map(({ ms }) => ms)),
    dueMs: quantiles(events.joins.map(({ dueMs }) => dueMs)),
    firstFrameMs: quantiles(events.pictures.map(({ ms }) => ms)),
    gaps: { over200Ms: gaps?.over200Ms ?? null, maxMs: gaps?.maxMs ?? null, unclear: gaps?.unclear ?? null },
    lost: { views: events.closed.filter(({ reason }) => reason !== 'cut').length, packets: lostPackets ?? null },
    cut: cut && {
      viewers: cut.viewers,
      // Nobody's silence proves anything who had got nothing before.
      ...{ maxMs: orNull(mostOf(cut.lastMs)), p99Ms: orNull(quantile(cut.lastMs, 0.99)) },
      stillReceiving: cut.lastMs.length > 0 ? cut.stillReceiving : null,
      ...{ ackMs: cut.ackMs, confirmed: cut.confirmed, packetsBefore: cut.packetsBefore ?? null },
      ...{ measuredBy: cut.measuredBy, since: cut.since },
    },
    browsers: browsers && {
      ...{ viewers: browsers.viewers, failed: browsers.failed, firstFrameMs: quantiles(browsers.firstFramesMs) },
      ...{ frames: browsers.frames, framesPerSecond: orNull(browsers.framesPerSecond) },
      ...{ freezes: orNull(browsers.freezes), longestFreezeMs: orNull(browsers.longestFreezeMs) },
      lastFrameMs: cut ? orNull(mostOf(browsers.lastFramesAt.map((at) => Math.max(0, at - cut.clickedAt)))) : null,
      cores: orNull(cores('browser')),
    },
    sfu: {
      cores: orNull(sfuCores),
      nodeCores: orNull(cores('sfu')),
      packetsPerSecond: orNull(packetsPerSecond),
      kbpsPerView: orNull(mean(during.map(({ kbps, watching }) => kbps / watching))),
      coresPer10kPps: orNull((sfuCores / packetsPerSecond) * 10_000),
      rssMb: rssMb('sfu', 'worker'),
      ended: ended.sfu,
    },
    signal: {
      cores: orNull(cores('signal')),
      rssMb: rssMb('signal'),
      heapPerSocketKb: orNull(ended.signal > 0 ? Number.NaN : heapOfOne(heap)),
      ended: ended.signal,
    },
    cameras: { cores: orNull(cores('camera')) },
    guard: { cores: orNull(cores('guard')), kills: ended.worker },
    generator: { cores: orNull(cores('generator')), saturated: tired.length > 0, because: tired.join('; '), lagMs: orNull(lagMs) },
    machine: { idle: orNull(idle) },
    growth: Object.fromEntries(processNames.map((name) => [name, { rssMb: orNull(growthOf(during, name)) }])),
    failures: countBy([...events.failures, ...events.notRenewed].map(({ why }) => why)),
    floors,
  });
}

function quantiles(values: number[]) {
  return { p50: orNull(quantile(values, 0.5)), p95: orNull(quantile(values, 0.95)), p99: orNull(quantile(values, 0.99)) };
}

/** In kB. Of few it is noise. */
function heapOfOne({ watching, bytes, bytesWithout }: Run['heap']): number {
  if (bytes === undefined || bytesWithout === undefined || watching < fewestForHeap) return Number.NaN;
  return (bytes - bytesWithout) / 1_000 / watching;
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

/** What was not measured is null in the report, so that no assertion holds for it. */
function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** To four significant digits, whole numbers as they are. JSON has no NaN: what was not measured becomes null. */
export function rounded<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, each) => (typeof each === 'number' && !Number.isInteger(each) ? Number(each.toPrecision(4)) : each)),
  );
}
