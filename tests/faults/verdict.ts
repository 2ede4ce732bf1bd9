import type { Fault } from './fault.ts';

export type When = 'before' | 'during' | 'after';
export const whens: When[] = ['before', 'during', 'after'];

/** The promises P3 and P1, and what may still leave a sender that goes on after it was stopped as a whole. */
const boundMs = { afterOrder: 2_500, afterConfirmation: 0, afterResuming: 500 };

/** When the last media packet left, in milliseconds after each of these; 0 if none did. */
export type Measured = { afterOrder: number; afterConfirmation: number; afterEnd: number };

/** The figure of a trial: the last media packet, after what, and how late it may be. */
export type Verdict = { lastMs: number; limitMs: number; after: 'order' | 'confirmation' | 'going on' };

/** Picks the bound that counts for this trial, or the one that was broken. */
export function verdict({ stopsTheSender }: Fault, when: When, measured: Measured): Verdict {
  if (when === 'after') return { lastMs: measured.afterConfirmation, limitMs: boundMs.afterConfirmation, after: 'confirmation' };
  if (stopsTheSender) return { lastMs: measured.afterEnd, limitMs: boundMs.afterResuming, after: 'going on' };
  // Whatever staff have read as dark is dark, however long it took.
  if (measured.afterConfirmation > 0)
    return { lastMs: measured.afterConfirmation, limitMs: boundMs.afterConfirmation, after: 'confirmation' };
  return { lastMs: measured.afterOrder, limitMs: boundMs.afterOrder, after: 'order' };
}
