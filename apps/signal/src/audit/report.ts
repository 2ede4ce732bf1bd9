import { certainlyDarkAt, longestLeaseMs } from '@peekaboo/shared/darkness';
import { defaultPeriods } from '@peekaboo/shared/periods';
import type { CloseReason } from '@peekaboo/shared/wire';
import type { Entry, SignedHead } from './entry.ts';

/** How a view ended, so far as the ledger can know. Instants in milliseconds since the Unix epoch. */
type End =
  | { state: 'closed'; at: number; reason: CloseReason }
  | { state: 'open' }
  /** Signal ended without a word: `lastSign` is when it was last heard of, `latest` when the lease had certainly lapsed. */
  | { state: 'unknown'; lastSign: number; latest: number };

/** One person watching one room once. `possible`: admitted, but no SFU was heard to say that the picture was connected. */
export type Watching = { guardian: string; room: string; view: string; from: number; picture: 'connected' | 'possible'; end: End };

export type ReportRequest = {
  entries: Iterable<Entry>;
  /** Signs of life between entries. */
  heads: readonly SignedHead[];
  /** Half-open: [from, to). */
  from: number;
  to: number;
  room?: string | undefined;
  now: number;
};

/** Who was watching, when: every view that was open at any moment of the time asked about, oldest first. */
export function reportWatching({ entries, heads, from, to, room, now }: ReportRequest): Watching[] {
  const open = new Map<string, Watching>();
  const all: Watching[] = [];
  let lastSign = 0;
  let nextHead = 0;
  /** While signal lives it signs a head this often if views are open; without one it was gone, and its leases lapsed. */
  let headEveryMs = defaultPeriods.ledger.headEveryMs;
  const darkAfter = (at: number) => certainlyDarkAt(at + longestLeaseMs);
  const silentUntil = () => darkAfter(lastSign + headEveryMs);

  for (const entry of entries) {
    // Signs of life before this entry: heads that do not cover it yet.
    for (let head = heads[nextHead]; head && head.seq < entry.seq; head = heads[++nextHead]) lastSign = Math.max(lastSign, head.at);
    if (entry.kind === 'started' || entry.kind === 'stopped') endAll(Math.min(silentUntil(), darkAfter(entry.at)));
    if (entry.kind === 'started') headEveryMs = entry.detail.headEveryMs ?? headEveryMs;
    if (entry.view && entry.actor && entry.room) follow(entry, entry.view, entry.actor, entry.room);
    lastSign = entry.at;
  }
  for (const { at } of heads.slice(nextHead)) lastSign = Math.max(lastSign, at);
  if (now > silentUntil()) endAll(silentUntil());

  return all
    .filter((each) => (room === undefined || each.room === room) && each.from < to && endOf(each, now) >= from)
    .sort((a, b) => a.from - b.from);

  function follow(entry: Entry, view: string, guardian: string, roomWatched: string): void {
    const watching = open.get(view);
    if (entry.kind === 'view.admitted') {
      const begun: Watching = { guardian, room: roomWatched, view, from: entry.at, picture: 'possible', end: { state: 'open' } };
      open.set(view, begun);
      all.push(begun);
    } else if (entry.kind === 'view.opened' && watching) {
      watching.from = entry.at;
      watching.picture = 'connected';
    } else if (entry.kind === 'view.closed' && watching) {
      open.delete(view);
      const { reason, connected } = entry.detail;
      watching.end = { state: 'closed', at: entry.at, reason };
      // A room may also be taken from somebody who is watching it, and then was watched.
      const hadNone = !connected && watching.picture === 'possible';
      if (hadNone && (reason === 'never-connected' || reason === 'not-admitted')) all.splice(all.lastIndexOf(watching), 1);
    }
  }

  function endAll(latest: number): void {
    for (const watching of open.values()) watching.end = { state: 'unknown', lastSign, latest: Math.max(lastSign, latest) };
    open.clear();
  }
}

/** The latest moment at which this person can have been watching. */
export function endOf({ end }: Watching, now: number): number {
  switch (end.state) {
    case 'closed':
      return end.at;
    case 'open':
      return now;
    case 'unknown':
      return end.latest;
    default:
      return end satisfies never;
  }
}
