import { short, type Verdict } from '../goals.ts';
import { churnParts } from './churn/churn.ts';
import type { Studies, StudyName } from './study.ts';

const most = { roundTrips: 4, share: 1.15, glassP50Ms: 120, glassP95Ms: 180, growth: 0.02, failedShare: 0.01, heapKb: 12 };

/** The goals that a study can judge. */
export function judgeStudy(name: StudyName, studies: Studies): Verdict[] {
  switch (name) {
    case 'join':
      return judgeJoins(studies.join);
    case 'glass':
      return judgeGlass(studies.glass);
    case 'density':
      return judgeDensity(studies.density);
    case 'churn':
      return judgeChurn(studies.churn);
    default:
      return name satisfies never;
  }
}

function judgeJoins(joins: Studies['join']): Verdict[] {
  if (!joins) return [];
  const bound = (most.roundTrips * joins.rttMs + joins.frameMs) * most.share;
  const { p50 } = joins.firstKeyframeMs;
  return [
    { goal: 'join: one serial round trip of signalling', measured: `${joins.signallingRoundTrips}`, met: joins.signallingRoundTrips === 1 },
    {
      goal: `join, ${joins.rttMs} ms away: first keyframe whole within 4 round trips, a frame and 15 % (${short(bound)} ms) at p50`,
      measured: `${short(p50)} ms`,
      met: p50 <= bound && joins.failed === 0,
    },
  ];
}

function judgeGlass(glass: Studies['glass']): Verdict[] {
  if (!glass) return [];
  const { p50, p95 } = glass.glassToGlassMs;
  return [
    { goal: 'glass to glass: at most 120 ms at p50', measured: `${short(p50)} ms`, met: p50 <= most.glassP50Ms },
    { goal: 'glass to glass: at most 180 ms at p95', measured: `${short(p95)} ms`, met: p95 <= most.glassP95Ms },
  ];
}

function judgeDensity(density: Studies['density']): Verdict[] {
  if (!density) return [];
  const { families, kbps, joins, gaps, lost, signal } = density;
  const many = `${families} viewers at ${kbps} kbit/s`;
  const heapKb = signal.heapPerSocketKb;
  return [
    {
      goal: `${many}: no join is lost`,
      measured: `${joins.failed + lost.views} lost`,
      met: joins.succeeded === families && lost.views === 0,
    },
    {
      goal: `${many}: no stream is silent for more than 200 ms`,
      measured: `${short(gaps.over200Ms)} times`,
      met: gaps.over200Ms === null ? undefined : gaps.over200Ms === 0,
    },
    {
      goal: `memory: at most ${most.heapKb} kB of signal's heap for a watching family`,
      measured: `${short(heapKb)} kB`,
      met: heapKb === null ? undefined : heapKb <= most.heapKb,
    },
  ];
}

function judgeChurn(churn: Studies['churn']): Verdict[] {
  if (!churn) return [];
  // Those that failed left less behind; a few are the machine's. A worker that was replaced began anew, and proves nothing.
  const cameAbout = churn.failed <= most.failedShare * churn.cycles;
  return churnParts.map((part) => ({
    goal: `${churn.cycles} joins and leaves: memory of ${part === 'worker' ? 'the media workers' : part} grows by at most 2 %`,
    measured: `${short(churn.growth[part] * 100)} %`,
    met: part === 'worker' && churn.workersGone > 0 ? undefined : cameAbout && churn.growth[part] <= most.growth,
  }));
}
