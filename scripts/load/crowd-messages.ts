import type { Gaps } from './gap-watch.ts';

/**
 * One family: where it watches, and when it clicks, in milliseconds after the start. With an `invite`, a link, it gets its pass by that. One that leaves
 * comes back until it has come `visits` times, if that is said.
 */
export type Family = { room: string; joinAtMs: number; staysMs: number | undefined; visits?: number; invite?: string | undefined };

/** What the server speaks: ours, or that of the one it is compared with. */
export type Protocol = 'peekaboo' | 'janus';

/** To a crowd's process. */
export type CrowdOrder =
  /** Get each family a pass, by its invite or with the key in this folder. Answered `ready`. */
  | { order: 'prepare'; protocol: Protocol; url: string; dataFolder: string; nursery: string; rooms: string[]; families: Family[] }
  /** `startAt`: milliseconds since the Unix epoch. */
  | { order: 'run'; startAt: number }
  /** Nobody leaves from here on, and gaps count no more. Answered `settled`. */
  | { order: 'settle' }
  | { order: 'tell-last-packets' }
  | { order: 'stop' };

/** From a crowd's process. Times `…AtMs` count from the start. */
export type CrowdNews =
  | { news: 'ready' }
  | { news: 'not-ready'; why: string }
  | { news: 'attempted' }
  /** The answer was accepted: `joinMs` after the click, and `dueMs` after the moment at which the family was to come, connecting included. */
  | { news: 'joined'; atMs: number; joinMs: number; dueMs: number; ports: number[] }
  /** The first whole keyframe came, `firstFrameMs` after the click. */
  | { news: 'picture'; atMs: number; firstFrameMs: number }
  | { news: 'failed'; atMs: number; why: string }
  /** It watches on until its pass runs out. */
  | { news: 'not-renewed'; atMs: number; why: string }
  /** Its view was closed by the system, or its connection lost: `link-lost`. */
  | { news: 'closed'; atMs: number; reason: string }
  /** Once a second. `packets` and `bytes` so far, `at` that moment by performance.now() since the Unix epoch; `lagMs`: the 99th percentile of how late this process's event loop was; `gapMs`: the longest gap in any stream. */
  | { news: 'sample'; watching: number; at: number; packets: number; bytes: number; lagMs: number; gapMs: number }
  /** `gaps` when there was a stream; `lostPackets`: those that did not come to whoever is still there. */
  | { news: 'settled'; watching: number; gaps?: Gaps | undefined; lostPackets: number }
  /** When the last media packet of each view that ever got one came, milliseconds since the Unix epoch. */
  | { news: 'last-packets'; at: number[] };
