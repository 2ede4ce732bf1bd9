import { reportOf } from './report.ts';

/** The report of a run in which nothing was seen: it has every key there is. */
const empty = reportOf({
  settings: { profile: '', families: 0, rooms: 0, rampMs: 0, holdMs: 0, kbps: null, invite: false },
  events: { attempted: 0, joins: [], pictures: [], failures: [], notRenewed: [], closed: [] },
  ...{ samples: [], hold: { fromMs: 0, toMs: 0 }, gaps: undefined, lostPackets: undefined },
  heap: { watching: 0, bytes: undefined, bytesWithout: undefined },
  cut: {
    ...{ viewers: 0, clickedAt: 0, ackMs: 0, confirmed: false, lastMs: [], packetsBefore: undefined, stillReceiving: 0 },
    ...{ measuredBy: 'viewer clocks', since: 'click of staff' },
  },
  browsers: {
    ...{ viewers: 0, failed: 0, firstFramesMs: [], frames: 0, framesPerSecond: Number.NaN },
    ...{ freezes: 0, longestFreezeMs: Number.NaN, lastFramesAt: [] },
  },
  ended: { signal: 0, sfu: 0, worker: 0 },
  floors: { udpRoundTripMs: 0, encryptPacketUs: 0, sendPacketUs: 0, encryptAndSendPacketUs: 0 },
});

/** Whether a report may have a figure, or a yes or no, at this place. Why families fail is not known beforehand. */
export function isFigure(path: readonly string[]): boolean {
  if (path[0] === 'failures') return path.length === 2;
  let value: unknown = empty;
  for (const key of path) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, key)) return false;
    value = (value as Record<string, unknown>)[key];
  }
  return value === null || typeof value === 'number' || typeof value === 'boolean';
}
