import { describe, expect, test } from 'vitest';
import { failureOf, parseAssertion } from '../../../scripts/load/assertion.ts';
import type { CutSeen } from '../../../scripts/load/observe-cut.ts';
import { processNames, type Sample } from '../../../scripts/load/recorder.ts';
import { type Run, reportOf } from '../../../scripts/load/report.ts';
import { htmlOf } from '../../../scripts/load/report-html.ts';
import { progressOf, summaryOf } from '../../../scripts/load/summary.ts';

const each = (value: number) => Object.fromEntries(processNames.map((name) => [name, value])) as Sample['cores'];
const sample = (seconds: number, more: Partial<Sample> = {}): Sample => ({
  atMs: seconds * 1_000,
  ...{
    cores: { ...each(0.1), worker: 0.3 },
    rssMb: each(50),
    idle: 0.5,
    watching: 100,
    packetsPerSecond: 10_000,
    kbps: 40_000,
    lagMs: 12,
    gapMs: 70,
  },
  ...more,
});
const run = (more: Partial<Run> = {}): Run => ({
  settings: { profile: 'steady', families: 100, rooms: 2, rampMs: 1_000, holdMs: 10_000, kbps: null, invite: false },
  events: {
    attempted: 101,
    joins: Array.from({ length: 100 }, (_, index) => ({ atMs: index, ms: index + 1, dueMs: 2 * index + 2 })),
    pictures: Array.from({ length: 100 }, (_, index) => ({ atMs: index, ms: 100 * (index + 1) })),
    failures: [{ atMs: 50, why: 'BUSY' }],
    notRenewed: [{ atMs: 60, why: 'renewal: PASS_EXPIRED' }],
    closed: [
      { atMs: 9_000, reason: 'cut' },
      { atMs: 9_000, reason: 'worker-died' },
    ],
  },
  samples: Array.from({ length: 12 }, (_, index) => sample(index)),
  hold: { fromMs: 1_000, toMs: 11_000 },
  gaps: { over200Ms: 2, maxMs: 310.44, unclear: 1 },
  lostPackets: 3,
  heap: { watching: 100, bytes: 21e6, bytesWithout: 20e6 },
  cut: {
    clickedAt: 5_000,
    ...{ viewers: 100, ackMs: 20, confirmed: true, lastMs: Array.from({ length: 100 }, (_, index) => index / 10) },
    ...{ stillReceiving: 0, packetsBefore: 1_000, measuredBy: 'packet capture', since: 'order at the SFU' },
  },
  browsers: {
    ...{ viewers: 2, failed: 1, firstFramesMs: [300, 500], frames: 300, framesPerSecond: 14.9 },
    ...{ freezes: 1, longestFreezeMs: 250, lastFramesAt: [5_010, 5_020] },
  },
  ended: { signal: 0, sfu: 0, worker: 0 },
  floors: { udpRoundTripMs: 0.03, encryptPacketUs: 0.4, sendPacketUs: 4, encryptAndSendPacketUs: 4.4 },
  ...more,
});

describe('a load report', () => {
  test('says what was seen, under the keys that are documented', () => {
    expect(reportOf(run())).toMatchObject({
      joins: { attempted: 101, succeeded: 100, failed: 1 },
      joinMs: { p50: 50, p95: 95, p99: 99 },
      dueMs: { p50: 100, p95: 190, p99: 198 },
      firstFrameMs: { p50: 5_000, p95: 9_500, p99: 9_900 },
      cut: { viewers: 100, maxMs: 9.9, p99Ms: 9.8, ackMs: 20, stillReceiving: 0, measuredBy: 'packet capture' },
      sfu: { cores: 0.4, packetsPerSecond: 10_000, kbpsPerView: 400, coresPer10kPps: 0.4, rssMb: 100 },
      signal: { cores: 0.1, rssMb: 50, heapPerSocketKb: 10 },
      generator: { cores: 0.1, saturated: false },
      guard: { kills: 0 },
      browsers: { viewers: 2, failed: 1, firstFrameMs: { p50: 300, p95: 500 }, freezes: 1, longestFreezeMs: 250, lastFrameMs: 20 },
      gaps: { over200Ms: 2, maxMs: 310.4, unclear: 1 },
      lost: { views: 1, packets: 3 },
      failures: { BUSY: 1, 'renewal: PASS_EXPIRED': 1 },
      floors: { udpRoundTripMs: 0.03 },
    });
  });

  test.for([
    ['its event loop was late', { samples: [sample(5, { lagMs: 80 })] }],
    ['the machine had no time left', { samples: [sample(5, { idle: 0.01 })] }],
  ] as [string, Partial<Run>][])('is no verdict when %s, and says so in red', ([, more]) => {
    const report = reportOf(run(more));
    expect(report.generator.saturated).toBe(true);
    expect(summaryOf(report)).toMatch(/\[1;31m.*no verdict on the server/);
    expect(htmlOf(run(more), report)).toMatch(/class="red".*no verdict on the server/);
  });

  test('has nothing for what was not measured', () => {
    const report = reportOf(
      run({ cut: undefined, browsers: undefined, heap: { watching: 0, bytes: undefined, bytesWithout: undefined }, samples: [] }),
    );
    for (const key of ['cut', 'browsers']) expect(report).not.toHaveProperty(key);
    expect(report.signal).toEqual({ cores: null, rssMb: null, heapPerSocketKb: null, ended: 0 });
    expect(summaryOf(report)).toContain('–');
  });

  test('knows no heap of few families, nor that of another process', () => {
    const heapOf = (more: Partial<Run>) => reportOf(run(more)).signal.heapPerSocketKb;
    expect(heapOf({ heap: { ...run().heap, watching: 20 } })).toBe(50);
    expect(heapOf({ heap: { ...run().heap, watching: 19 } })).toBeNull();
    expect(heapOf({ ended: { signal: 1, sfu: 0, worker: 0 } })).toBeNull();
  });

  test('says in red that signal, an SFU or a worker ended, and counts views whose connection was lost', () => {
    const events = { ...run().events, closed: [{ atMs: 9_000, reason: 'link-lost' }] };
    const report = reportOf(run({ events, ended: { signal: 1, sfu: 2, worker: 3 } }));
    expect([report.signal.ended, report.sfu.ended, report.guard.kills, report.lost.views]).toEqual([1, 2, 3, 1]);
    for (const line of [/signal +1 ended/, /sfu +2 ended/, /workers +3 ended/, /lost +1 views/])
      expect(summaryOf(report)).toMatch(new RegExp(`\\[1;31m${line.source}`));
  });

  test('says in red, on the terminal and on the page, what went wrong with a cut, and why families failed', () => {
    const cut = { ...(run().cut as CutSeen), confirmed: false, stillReceiving: 2 };
    const report = reportOf(run({ cut }));
    const [summary, page] = [summaryOf(report), htmlOf(run({ cut }), report)];
    for (const words of [/not confirmed/, /2 still received/, /BUSY 1×/, /renewal: PASS_EXPIRED 1×/, /1 views were closed/]) {
      expect(summary).toMatch(new RegExp(`\\[1;31m.*${words.source}`));
      expect(page).toMatch(new RegExp(`class="red".*${words.source}`));
    }
    const calm = reportOf(run({ browsers: undefined, events: { ...run().events, failures: [], notRenewed: [], closed: [] } }));
    expect(summaryOf(calm)).not.toContain('[1;31m');
  });

  test('begins its progress at 0', () => {
    expect(progressOf(sample(-0.3), 'ramp')).toMatch(/^ +0 s/);
  });

  test('of a run in which nobody had a picture says so, rather than 0', () => {
    const none = run({
      events: { attempted: 1, joins: [], pictures: [], failures: [], notRenewed: [], closed: [] },
      ...{ gaps: undefined, lostPackets: undefined, samples: [] },
      cut: { ...(run().cut as CutSeen), lastMs: [] },
      browsers: {
        ...{ viewers: 0, failed: 1, firstFramesMs: [], frames: 0, framesPerSecond: Number.NaN },
        ...{ freezes: Number.NaN, longestFreezeMs: Number.NaN, lastFramesAt: [] },
      },
    });
    const report = reportOf(none);
    const bounds = ['gaps.over200Ms==0', 'gaps.maxMs<=200', 'lost.packets==0', 'cut.maxMs<=20', 'cut.p99Ms<=20', 'cut.stillReceiving==0'];
    const ofBrowsers = ['browsers.freezes==0', 'browsers.longestFreezeMs<=200', 'browsers.lastFrameMs<=200'];
    for (const bound of [...bounds, ...ofBrowsers, 'joinMs.p50<=20', 'sfu.rssMb<=200', 'generator.lagMs<=50'])
      expect(failureOf(parseAssertion(bound), report)).toMatch(/was not measured$/);
    expect(summaryOf(report)).toContain('–');
    expect(htmlOf(none, report)).toContain('–');
  });

  test('as a page needs nothing from anywhere', () => {
    const page = htmlOf(run(), reportOf(run()));
    expect(page).not.toMatch(/<script|<link|@import|url\(|src=|href=/i);
    expect(page.match(/<svg/g)).toHaveLength(6);
  });
});
