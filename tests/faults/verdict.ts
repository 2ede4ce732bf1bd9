import type { Fault } from './fault.ts';

export type When = 'before' | 'during' | 'after';
export const whens: When[] = ['before', 'during', 'after'];

/** The promises P3 and P1, and what may still leave a sender that goes on after it was stopped as a whole. */
const boundMs = { order: 2_500, confirmation: 0, 'going on': 500 };

/** What a trial saw: when media packets left, and when what happened; all in milliseconds since the Unix epoch. */
export type Seen = { sent: number[]; orderedAt: number; confirmedAt: number; endedAt: number };

/** The figure of a trial: the last media packet, after what, and how late it may be; 0 if none came after that. */
export type Verdict = { lastMs: number; limitMs: number; after: keyof typeof boundMs };

/**
 * Judges a trial by every bound that counts for it. Returns the one that was broken worst, or else the one that this trial is about.
 * What leaves a sender that was stopped as a whole and goes on has a bound of its own, unless the cut had been confirmed before; what it
 * sent until then is judged like any other's.
 */
export function verdict({ stopsTheSender }: Pick<Fault, 'stopsTheSender'>, when: When, { sent, ...instants }: Seen): Verdict {
  const { orderedAt, confirmedAt, endedAt } = instants;
  const goesOn = stopsTheSender === true && when !== 'after';
  const usual = goesOn ? sent.filter((at) => at < endedAt) : sent;
  const judged: Verdict[] = [
    { lastMs: lastAfter(orderedAt, usual), limitMs: boundMs.order, after: 'order' },
    { lastMs: lastAfter(confirmedAt, usual), limitMs: boundMs.confirmation, after: 'confirmation' },
    ...(goesOn ? [{ lastMs: lastAfter(endedAt, sent), limitMs: boundMs['going on'], after: 'going on' } as const] : []),
  ];
  const about = when === 'after' ? 'confirmation' : goesOn ? 'going on' : 'order';
  const inOrder = judged.sort((a, b) => Number(b.after === about) - Number(a.after === about));
  return inOrder.reduce((worst, each) => (excess(each) > Math.max(0, excess(worst)) ? each : worst));
}

/** By how many milliseconds a bound was broken; 0 or less if it was kept. */
export function excess({ lastMs, limitMs }: Verdict): number {
  return lastMs - limitMs;
}

function lastAfter(instant: number, sent: number[]): number {
  return sent.reduce((last, at) => Math.max(last, at - instant), 0);
}
