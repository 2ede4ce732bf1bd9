import type { Metric, Result, Spread } from './result.ts';

export type Verdict = { goal: string; measured: string; met: boolean | undefined };

/** The goals that this benchmark can judge. Undefined is what was not measured. Time bounds hold for the worst round, costs for the median. */
export function judge({ contenders, ratios }: Result): Verdict[] {
  const ours = (metric: Metric) => contenders.peekaboo?.[metric];
  const { workerCpuToBare, janusCpuToOurs } = ratios;
  const [few, most] = [ours('cutFewLastMs'), ours('cutMostLastMs')];
  const unloaded = ours('joinP99Ms');
  const toUnloaded = (storm: Spread | undefined) => unloaded && storm && storm.median / unloaded.median;
  const [stormRatio, gustRatio] = [toUnloaded(ours('stormJoinP99Ms')), toUnloaded(ours('gustJoinP99Ms'))];
  return [
    atMost('worker CPU per packet: at most 1.05x bare mediasoup', workerCpuToBare, 'median', 1.05, 'x'),
    atMost('worker CPU: at most 0.14 core per 10,000 packets/s at 100 viewers', ours('workerCoresPer10kPps'), 'median', 0.14, ' core'),
    {
      goal: 'worker CPU per packet: at least 4x better than Janus',
      measured: janusCpuToOurs ? `${short(janusCpuToOurs.median)}x` : 'not measured',
      met: janusCpuToOurs && janusCpuToOurs.median >= 4,
    },
    atMost('cut of 300: no media packet later than 5 ms after the order', most, 'max', 5, ' ms'),
    {
      goal: 'cut of 300: at most 1.5x of a cut of 10',
      measured: few && most ? `${short(most.max)} ms, ${short(few.max)} ms` : 'not measured',
      met: few && most && most.max <= 1.5 * few.max,
    },
    atMost('cut of 300: acknowledged to staff within 50 ms', ours('cutMostAckMs'), 'max', 50, ' ms'),
    atMost('cut in the middle of a storm: no media packet later than 10 ms after the order', ours('stormCutLastMs'), 'max', 10, ' ms'),
    atMost('storm of 300 within 1 s: viewers already watching lose no packet', ours('stormLostPackets'), 'max', 0, ' lost'),
    atMost('storm of 300 within 1 s: no join fails', ours('stormFailed'), 'max', 0, ' failed'),
    {
      goal: 'storm of 300 within 1 s: p99 join at most 3x the unloaded p99',
      measured:
        stormRatio === undefined
          ? 'not measured'
          : `${short(stormRatio)}x${gustRatio === undefined ? '' : `; of a quarter as many ${short(gustRatio)}x`}`,
      met: stormRatio === undefined ? undefined : stormRatio <= 3,
    },
  ];
}

function atMost(goal: string, spread: Spread | undefined, which: 'median' | 'max', bound: number, unit: string): Verdict {
  if (!spread) return { goal, measured: 'not measured', met: undefined };
  return { goal, measured: `${short(spread[which])}${unit}`, met: spread[which] <= bound };
}

/** Three digits that count; whole numbers as they are; a dash for what was not measured. */
export function short(value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(3)));
}
