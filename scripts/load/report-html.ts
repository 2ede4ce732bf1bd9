import { asText, cumulated, drawPlot, histogram, type Plot } from './plot.ts';
import { type ProcessName, processNames, type Sample } from './recorder.ts';
import type { LoadReport, Run } from './report.ts';
import { warningsOf } from './warnings.ts';

/** The report as one page that needs nothing else: no script, no font, no picture from anywhere. */
export function htmlOf(run: Run, report: LoadReport): string {
  const { joins, firstFrameMs, joinMs, dueMs, cut, sfu, signal, guard, lost } = report;
  const facts: [string, string][] = [
    ['joins', `${joins.succeeded} of ${joins.attempted}`],
    ['click to answer, p50 / p99', `${short(joinMs.p50, 0)} / ${short(joinMs.p99, 0)} ms`],
    ['due to answer, p50 / p99', `${short(dueMs.p50, 0)} / ${short(dueMs.p99, 0)} ms`],
    ['click to frame, p50 / p99', `${short(firstFrameMs.p50, 0)} / ${short(firstFrameMs.p99, 0)} ms`],
    ['last packet after a cut', cut ? `${short(cut.maxMs, 1)} ms` : 'no cut'],
    ['still receiving after a cut', cut ? short(cut.stillReceiving, 0) : 'no cut'],
    ['views lost', `${lost.views}`],
    ['media workers that ended', `${guard.kills}`],
    ['SFU per 10,000 packets/s', `${short(sfu.coresPer10kPps, 2)} cores`],
    ['gaps over 200 ms', short(report.gaps.over200Ms, 0)],
    ['signal', `${short(signal.cores, 2)} cores, ${short(signal.rssMb, 0)} MB`],
  ];
  const warnings = warningsOf(report).map(([of, words]) => `<p class="red">${asText(`${of}: ${words}`)}</p>`);
  const title = `${report.families} families, ${report.rooms} rooms, ${report.profile}`;
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Peekaboo load: ${asText(title)}</title>
<style>${style}</style>
<h1>${asText(title)}</h1>
${warnings.join('\n')}
<dl>${facts.map(([name, value]) => `<div><dt>${asText(name)}</dt><dd>${asText(value)}</dd></div>`).join('')}</dl>
<main>${plotsOf(run).map(drawPlot).join('\n')}</main>
<details><summary>The report as JSON</summary><pre>${asText(JSON.stringify(report, null, 2))}</pre></details>
</html>
`;
}

/** What was not measured is null in the report. */
function short(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits);
}

function plotsOf({ events, samples, cut }: Run): Plot[] {
  const seconds = (ms: number) => ms / 1_000;
  const each = (value: (sample: Sample) => number) =>
    samples.map((sample): [number, number] => [Math.max(0, seconds(sample.atMs)), value(sample)]);
  const perProcess = (what: 'cores' | 'rssMb') => {
    const used = processNames.filter((name: ProcessName) => samples.some((sample) => sample[what][name] > 0.005));
    return used.map((name) => ({ name, points: each((sample) => sample[what][name]) }));
  };
  const joined = { name: 'first frames', points: cumulated(events.pictures.map(({ atMs }) => seconds(atMs))) };
  const failed = { name: 'failed', points: cumulated(events.failures.map(({ atMs }) => seconds(atMs))) };
  const frames = histogram(events.pictures.map(({ ms }) => ms));
  const plots: Plot[] = [
    { title: 'Joins', x: 'seconds', y: 'families', kind: 'lines', series: failed.points.length > 0 ? [joined, failed] : [joined] },
    { title: 'Click to first whole keyframe', x: 'ms', y: 'families', kind: 'bars', series: [{ name: '', points: frames }] },
    {
      title: 'Media packets received',
      x: 'seconds',
      y: 'packets/s',
      kind: 'lines',
      series: [{ name: '', points: each((sample) => sample.packetsPerSecond) }],
    },
    { title: 'CPU', x: 'seconds', y: 'cores', kind: 'lines', series: perProcess('cores') },
    { title: 'Memory', x: 'seconds', y: 'MB', kind: 'lines', series: perProcess('rssMb') },
  ];
  if (!cut) return plots;
  const last = [...cut.lastMs].sort((a, b) => a - b).map((ms, viewer): [number, number] => [viewer + 1, ms]);
  const title = `The cut: last packet of each viewer after the ${cut.since} (${cut.measuredBy})`;
  return [...plots, { title, x: 'viewers', y: 'ms', kind: 'dots', series: [{ name: '', points: last }] }];
}

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1d2733, #e6ebf0); --soft: light-dark(#5c6875, #9aa6b2); --line: light-dark(#dde3e9, #38434e); --card: light-dark(#fff, #1b232b); }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: light-dark(#f4f6f8, #12181e); margin: 2rem auto; max-width: 1180px; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
.red { color: light-dark(#b3261e, #ff8a80); font-weight: 700; }
dl, main { display: grid; gap: 12px; margin: 0 0 12px; }
dl { grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); }
main { grid-template-columns: repeat(auto-fit, minmax(min(100%, 440px), 1fr)); }
dl div, figure, details { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; margin: 0; }
dt { color: var(--soft); font-size: 0.8rem; } dd { margin: 0; font-size: 1.15rem; font-weight: 600; }
figcaption { display: flex; justify-content: space-between; gap: 1rem; margin-bottom: 6px; }
figcaption i { font-style: normal; color: var(--soft); font-size: 0.8rem; }
figcaption span::before { content: ''; display: inline-block; width: 10px; height: 10px; border-radius: 2px; background: var(--c); margin: 0 4px 0 10px; }
svg { width: 100%; height: auto; display: block; } svg text { font: 11px system-ui, sans-serif; fill: var(--soft); } .grid { stroke: var(--line); }
pre { overflow: auto; }
`;
