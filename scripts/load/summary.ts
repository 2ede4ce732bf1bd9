import type { Sample } from './recorder.ts';
import type { LoadReport } from './report.ts';
import { warningsOf } from './warnings.ts';

const red = (text: string) => `\u001b[1;31m${text}\u001b[0m`;
/** What was not measured is null in the report. */
const number = (value: number | null, digits = 0) => (value === null ? '–' : value.toFixed(digits));
const ms = (value: number | null) => `${number(value, value !== null && value < 10 ? 1 : 0)} ms`;
const cores = (value: number | null) => `${number(value, 2)} cores`;
const quantiles = ({ p50, p95, p99 }: { p50: number | null; p95: number | null; p99: number | null }) =>
  `p50 ${ms(p50)}   p95 ${ms(p95)}   p99 ${ms(p99)}`;

/** The report on one screen, for a person. */
export function summaryOf(report: LoadReport): string {
  const { joins, joinMs, dueMs, firstFrameMs, gaps, cut, browsers, sfu, signal, cameras, generator, lost } = report;
  return [
    '',
    `joins        ${joins.succeeded} of ${joins.attempted}${joins.failed > 0 ? red(`   ${joins.failed} failed`) : ''}`,
    `click→answer ${quantiles(joinMs)}`,
    `due→answer   ${quantiles(dueMs)}   connecting included`,
    `click→frame  ${quantiles(firstFrameMs)}   first whole keyframe`,
    `gaps         ${number(gaps.over200Ms)} over 200 ms, longest silence of a stream ${ms(gaps.maxMs)}${gaps.unclear ? `; ${gaps.unclear} that the generator may have slept through` : ''}; ${number(lost.packets)} packets lost`,
    ...(cut
      ? [
          `cut          ${cut.viewers} viewers, last packet ${ms(cut.maxMs)} after the ${cut.since} (${cut.measuredBy}), answered after ${ms(cut.ackMs)}`,
        ]
      : []),
    ...(browsers
      ? [
          `browsers     ${browsers.viewers}${browsers.failed > 0 ? red(` (${browsers.failed} failed)`) : ''}   click→frame ${quantiles(browsers.firstFrameMs)}   rendered`,
          `             ${number(browsers.framesPerSecond, 1)} frames/s each, ${number(browsers.freezes)} stood still over 200 ms, longest ${ms(browsers.longestFreezeMs)}${cut ? `, last frame ${ms(browsers.lastFrameMs)} after the click of staff` : ''}, ${cores(browsers.cores)}`,
        ]
      : []),
    `sfu          ${cores(sfu.cores)}, ${number(sfu.packetsPerSecond)} packets/s, ${cores(sfu.coresPer10kPps)} per 10,000 packets/s, ${number(sfu.rssMb)} MB`,
    `signal       ${cores(signal.cores)}, ${number(signal.rssMb)} MB, ${number(signal.heapPerSocketKb, 1)} kB of heap a family`,
    `cameras      ${cores(cameras.cores)}`,
    `generator    ${cores(generator.cores)}, its event loop at most ${ms(generator.lagMs)} late`,
    ...warningsOf(report).map(([of, words]) => red(`${of.padEnd(13)}${words}`)),
    '',
  ].join('\n');
}

/** One line of progress. */
export function progressOf({ atMs, watching, packetsPerSecond, idle, cores }: Sample, phase: string): string {
  const used = `signal ${cores.signal.toFixed(2)}  sfu ${(cores.sfu + cores.worker).toFixed(2)}  generator ${cores.generator.toFixed(2)}`;
  return `${(Math.max(0, atMs) / 1_000).toFixed(0).padStart(4)} s  ${phase.padEnd(6)} ${String(watching).padStart(5)} watching  ${packetsPerSecond.toFixed(0).padStart(7)} packets/s  ${used}  idle ${(idle * 100).toFixed(0)} %`;
}
