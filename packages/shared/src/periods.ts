import { z } from 'zod';
import { longestLeaseMs, longestSilenceMs } from './darkness.ts';

/** A period in milliseconds: usual, least, most, and what would suffer beyond either bound. */
function ms(usual: number, [least, tooShort]: [number, string], [most, tooLong]: [number, string]) {
  return z
    .int('write whole milliseconds')
    .min(least, `is to be at least ${least} ms: ${tooShort}`)
    .max(most, `is to be at most ${most} ms: ${tooLong}`)
    .default(usual);
}

const darkInTime = 'else pictures can outlast a cut by more than 2.5 s (promise P3)';
const falseAlarm = 'else a busy moment makes pictures dark for nothing';

/**
 * Every period that can be set, under `periods:` in peekaboo.yaml, with its default and the bounds within which the promises
 * are kept. docs/operations.md has the same as a table, and why; a unit test holds the two together.
 */
export const periods = z
  .strictObject({
    lease: group({
      forMs: ms(longestLeaseMs, [500, falseAlarm], [longestLeaseMs, darkInTime]),
      renewEveryMs: ms(500, [100, 'else renewals cost more than they are worth'], [600, 'two renewals may be lost before a picture is']),
    }),
    link: group({
      askTimeoutMs: ms(2_000, [500, falseAlarm], [5_000, 'else an answer is awaited that is worth nothing']),
      retryMs: ms(1_500, [200, 'else an SFU that is refused floods signal'], [10_000, 'else pictures stay dark long after a fault']),
    }),
    guard: group({
      beatEveryMs: ms(100, [20, 'else beats cost more than they are worth'], [600, darkInTime]),
      silenceMs: ms(longestSilenceMs, [200, falseAlarm], [longestSilenceMs, darkInTime]),
    }),
    worker: group({ hungAfterMs: ms(1_000, [200, falseAlarm], [2_000, darkInTime]) }),
    view: group({
      connectWithinMs: ms(20_000, [5_000, 'else slow phones never connect'], [60_000, 'else views that nobody sees take up places']),
      consentMs: ms(
        12_000,
        [7_000, 'browsers show that they are there every 6 s at the least (RFC 7675)'],
        [30_000, 'RFC 7675 allows no more'],
      ).refine((value) => value % 1_000 === 0, 'is to be whole seconds: the media worker counts them'),
    }),
    cut: group({
      answerWithinMs: ms(300, [50, 'else healthy cuts are called not confirmed'], [2_000, 'staff must not wait for bad news']),
    }),
    review: group({
      everyMs: ms(
        2_000,
        [200, 'else reviews cost more than they are worth'],
        [2_000, 'else hours end late for those who watch (promise P4)'],
      ),
    }),
    store: group({
      answerWithinMs: ms(500, [100, falseAlarm], [900, 'else leases lapse before a slow store is given up']),
      retryMs: ms(1_000, [100, 'else a store in trouble is flooded'], [5_000, 'else a cut waits to be written']),
    }),
    ledger: group({
      batchMs: ms(20, [1, 'entries are to share a sync'], [500, 'else much is lost when signal is killed']),
      slowMs: ms(1_000, [100, falseAlarm], [5_000, 'else those who want to watch wait for a dead disk']),
      retryMs: ms(500, [100, 'else a disk in trouble is flooded'], [10_000, 'else nobody can watch long after the disk is mended']),
      graceMs: ms(10_000, [0, ''], [60_000, 'else much that is watched goes unwritten (promise P8)']),
      headEveryMs: ms(60_000, [5_000, 'each head costs a sync'], [600_000, 'else much can be cut off unseen (promise P8)']),
    }),
    pass: group({
      validForMs: ms(900_000, [5_000, 'else pages renew without pause'], [3_600_000, 'else somebody who was removed is let in for long']),
      inviteForMs: ms(172_800_000, [60_000, 'else nobody can open one in time'], [14 * 86_400_000, 'else links lie about that still open']),
      sfuValidForMs: ms(
        90 * 86_400_000,
        [5_000, 'else SFUs present passes without pause'],
        [366 * 86_400_000, 'else a pass that was copied is good for too long'],
      ),
    }),
    sfu: group({
      forgetAfterMs: ms(
        86_400_000,
        [60_000, 'staff are to see what is missing'],
        [30 * 86_400_000, 'else what is gone for good is never forgotten'],
      ),
    }),
  })
  .prefault({})
  .refine(({ lease }) => 3 * lease.renewEveryMs <= lease.forMs, {
    path: ['lease', 'renewEveryMs'],
    error: 'is to be at most a third of lease.forMs: two renewals may be lost before a picture is',
  })
  .refine(({ guard }) => guard.silenceMs >= 3 * guard.beatEveryMs, {
    path: ['guard', 'silenceMs'],
    error: 'is to be at least three times guard.beatEveryMs: else the guard kills a healthy SFU that was held up for a moment',
  })
  .refine(({ lease, store }) => 2 * store.answerWithinMs <= lease.forMs, {
    path: ['store', 'answerWithinMs'],
    error: 'is to be at most half of lease.forMs: else leases lapse before a slow store is given up',
  });
export type Periods = z.output<typeof periods>;

/** As they are when peekaboo.yaml says nothing. */
export const defaultPeriods: Periods = periods.parse(undefined);

function group<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject(shape).prefault({} as z.input<z.ZodObject<S, z.core.$strict>>);
}
