import { quantile } from '../load/quantile.ts';
import { type ContenderName, contenderNames } from './contenders/contender.ts';
import type { Round } from './rounds.ts';
import type { Turn } from './turn.ts';
import type { Seen } from './watch-processes.ts';

/** What is measured of a contender in each round: the keys of `bench/latest.json`. */
export const metrics = {
  packetsPerSecond: 'packets that viewers received, each second',
  workerCoresPer10kPps: 'CPU of the media workers, cores per 10,000 packets/s',
  serverCoresPer10kPps: 'CPU of the whole server without ffmpeg, cores per 10,000 packets/s',
  workerMb: 'memory of the media workers, MB',
  serverMb: 'memory of the whole server without ffmpeg, MB',
  cutFewLastMs: 'cut of few: order at the server to the last media packet, ms',
  cutMostLastMs: 'cut of most: order at the server to the last media packet, ms',
  cutMostAckMs: 'cut of most: click to answer, ms',
  cutPacketsBefore: 'cut of most: media packets captured in the second before, those that went together as one',
  joinP50Ms: 'click to answer accepted, p50, ms',
  joinP99Ms: 'click to answer accepted, p99, ms',
  firstFrameP50Ms: 'click to first whole keyframe, p50, ms',
  firstFrameP99Ms: 'click to first whole keyframe, p99, ms',
  gustJoinP99Ms: 'storm of a quarter as many, in as long: click to answer accepted, p99, ms',
  gustDueP99Ms: 'storm of a quarter as many: due to come to answer accepted, connecting included, p99, ms',
  stormFailed: 'storm: joins that failed',
  stormJoinP99Ms: 'storm: click to answer accepted, p99, ms',
  stormDueP99Ms: 'storm: due to come to answer accepted, connecting included, p99, ms',
  stormFirstFrameP99Ms: 'storm: click to first whole keyframe, p99, ms',
  stormViewersCpu: 'storm: CPU of the viewers until all have a picture, s',
  stormWorkerCpu: 'storm: CPU of the media workers until then, s',
  stormOtherCpu: 'storm: CPU of the rest of the server until then, s',
  stormCameraCpu: 'storm: CPU of ffmpeg until then, s',
  stormLostPackets: 'storm: packets that did not come to those who watched before',
  stormGapMs: 'storm: longest silence for those who watched before, ms',
  stormCutLastMs: 'cut in the middle of a storm: order at the server to the last media packet, ms',
} as const;
export type Metric = keyof typeof metrics;

/** Of the rounds in which it was measured, in their order. */
export type Spread = { median: number; min: number; max: number; rounds: number[] };
export type Result = {
  contenders: Partial<Record<ContenderName, Partial<Record<Metric, Spread>>>>;
  /** Of each round, so that what the machine did meanwhile cancels out; then their median. */
  ratios: Partial<Record<keyof typeof ratios, Spread>>;
  /** Why some of the figures deserve doubt. */
  doubts: string[];
};

export const ratios = {
  workerCpuToBare: {
    words: 'CPU of the media workers per packet, Peekaboo to bare',
    of: 'workerCoresPer10kPps',
    contender: 'peekaboo',
    to: 'bare',
  },
  workerCpuToUntuned: { words: 'Peekaboo to bare untuned', of: 'workerCoresPer10kPps', contender: 'peekaboo', to: 'bareUntuned' },
  janusCpuToOurs: { words: 'Janus to Peekaboo', of: 'workerCoresPer10kPps', contender: 'janus', to: 'peekaboo' },
  workerMemoryToBare: { words: 'memory of the media workers, Peekaboo to bare', of: 'workerMb', contender: 'peekaboo', to: 'bare' },
  joinP99ToBare: { words: 'p99 of joins, Peekaboo to bare', of: 'joinP99Ms', contender: 'peekaboo', to: 'bare' },
  stormP99ToBare: { words: 'p99 of a storm, Peekaboo to bare', of: 'stormJoinP99Ms', contender: 'peekaboo', to: 'bare' },
} as const satisfies Record<string, { words: string; of: Metric; contender: ContenderName; to: ContenderName }>;

/** Beyond these, what viewers say is said too late to be believed. */
const lateMs = 50;
const idleShare = 0.03;

export function resultOf(rounds: Round[]): Result {
  const measured = rounds.map((round) =>
    Object.fromEntries(contenderNames.flatMap((name) => (round[name] ? [[name, metricsOf(round[name])]] : []))),
  ) as Partial<Record<ContenderName, Partial<Record<Metric, number>>>>[];
  const contenders: Result['contenders'] = {};
  for (const name of contenderNames) {
    if (!measured.some((round) => round[name])) continue;
    const each = (Object.keys(metrics) as Metric[]).flatMap((metric) => {
      const values = measured.flatMap((round) => round[name]?.[metric] ?? []).filter(Number.isFinite);
      return values.length > 0 ? [[metric, spreadOf(values)]] : [];
    });
    contenders[name] = Object.fromEntries(each);
  }
  const compared = Object.entries(ratios).flatMap(([key, { of, contender, to }]) => {
    const values = measured
      .flatMap((round) => {
        const [above, below] = [round[contender]?.[of], round[to]?.[of]];
        return above === undefined || below === undefined ? [] : above / below;
      })
      .filter(Number.isFinite);
    return values.length > 0 ? [[key, spreadOf(values)]] : [];
  });
  return { contenders, ratios: Object.fromEntries(compared), doubts: rounds.flatMap(doubtsOf) };
}

function metricsOf(turn: Turn): Partial<Record<Metric, number>> {
  const { joins, atMany, atMore, cutFew, cutMost, gust, storm, stormCpu, duringStorm, stormCut } = turn;
  const perPacket = (cores: number) => (cores / atMany.packetsPerSecond) * 10_000;
  return {
    packetsPerSecond: atMany.packetsPerSecond,
    ...{ workerCoresPer10kPps: perPacket(atMany.workerCores), serverCoresPer10kPps: perPacket(atMany.serverCores) },
    ...(atMore && { workerMb: atMore.workerMb, serverMb: atMore.serverMb }),
    ...(cutFew && { cutFewLastMs: Math.max(...cutFew.lastMs) }),
    ...(cutMost && {
      cutMostLastMs: Math.max(...cutMost.lastMs),
      cutMostAckMs: cutMost.ackMs,
      cutPacketsBefore: cutMost.packetsBefore ?? Number.NaN,
    }),
    ...{ joinP50Ms: quantile(joins.joinMs, 0.5), joinP99Ms: quantile(joins.joinMs, 0.99) },
    ...{ firstFrameP50Ms: quantile(joins.firstFrameMs, 0.5), firstFrameP99Ms: quantile(joins.firstFrameMs, 0.99) },
    ...(gust && { gustJoinP99Ms: quantile(gust.joinMs, 0.99), gustDueP99Ms: quantile(gust.dueMs, 0.99) }),
    ...(storm && { stormFailed: storm.failures.length, stormDueP99Ms: quantile(storm.dueMs, 0.99) }),
    ...(storm && { stormJoinP99Ms: quantile(storm.joinMs, 0.99), stormFirstFrameP99Ms: quantile(storm.firstFrameMs, 0.99) }),
    ...(stormCpu && { stormViewersCpu: stormCpu.viewers, stormWorkerCpu: stormCpu.worker }),
    ...(stormCpu && { stormOtherCpu: stormCpu.otherServer, stormCameraCpu: stormCpu.camera }),
    ...(duringStorm && { stormLostPackets: duringStorm.lostPackets, stormGapMs: duringStorm.longestGapMs }),
    ...(stormCut?.since === 'order at the SFU' && { stormCutLastMs: Math.max(...stormCut.lastMs) }),
  };
}

function doubtsOf(round: Round, index: number): string[] {
  return contenderNames.flatMap((name) => {
    const measured = round[name];
    if (!measured) return [];
    const { atMany, atMore, cutFew, cutMost, joins, storm, workersGone } = measured;
    const where = `round ${index + 1}, ${name}:`;
    const tired = ({ idle, lagMs }: Seen) => idle < idleShare || lagMs > lateMs;
    return [
      ...(joins.failures.length > 0 ? [`${where} ${joins.failures.length} joins failed (${joins.failures[0]})`] : []),
      ...(storm?.failures.length ? [`${where} ${storm.failures.length} joins of the storm failed (${storm.failures[0]})`] : []),
      ...(workersGone > 0 ? [`${where} ${workersGone} media workers were killed, as the SFU was silent for too long`] : []),
      ...([atMany, atMore].some((seen) => seen && tired(seen)) ? [`${where} the machine or the viewers were at their limit`] : []),
      ...[cutFew, cutMost].flatMap((cut) => {
        if (!cut) return [];
        if (cut.since !== 'order at the SFU') return [`${where} the order was not seen on the wire; a cut counts from the click`];
        return cut.lastMs.length < cut.viewers
          ? [`${where} only ${cut.lastMs.length} of ${cut.viewers} viewers were seen before the cut`]
          : [];
      }),
    ];
  });
}

function spreadOf(values: number[]): Spread {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values), rounds: values };
}
