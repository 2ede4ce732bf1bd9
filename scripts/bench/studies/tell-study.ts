import { short } from '../goals.ts';
import { type Churn, churnParts } from './churn/churn.ts';
import type { Density } from './density/density.ts';
import type { Glass } from './glass/glass.ts';
import type { Joins } from './join/join.ts';
import type { Studies, StudyName } from './study.ts';

/** What was measured, in Markdown. Empty when it was not. */
export function tellStudy(name: StudyName, { join, glass, density, churn }: Studies): string[] {
  switch (name) {
    case 'join':
      return join ? tellJoins(join) : [];
    case 'glass':
      return glass ? tellGlass(glass) : [];
    case 'density':
      return density ? tellDensity(density) : [];
    case 'churn':
      return churn ? tellChurn(churn) : [];
    default:
      return name satisfies never;
  }
}

function tellJoins({ joins, failed, rttMs, firstKeyframeMs: { p50, p95, max }, steps }: Joins): string[] {
  const rows: [string, number][] = [
    ['the offer has come, and the first check leaves (ICE)', steps.check],
    ['the first check is answered', steps.checked],
    ['the first word of the handshake leaves (DTLS)', steps.hello],
    ['the last word of the handshake has come', steps.handshaken],
    ['the first media packet has come', steps.media],
    ['the first keyframe is whole', steps.keyframe],
  ];
  return [
    `${joins} joins one after the other, ${failed} failed; click to first whole keyframe p50 ${short(p50)}, p95 ${short(p95)}, most ${short(max)} ms.`,
    '',
    `| after the click, at a round trip of ${rttMs} ms, median | ms | round trips |`,
    '| --- | --- | --- |',
    ...rows.map(([what, ms]) => `| ${what} | ${short(ms)} | ${(ms / rttMs).toFixed(2)} |`),
  ];
}

function tellGlass({ frames, framesPerSecond, glassToGlassMs: { p50, p95, max }, arrivedMs, inBrowserMs }: Glass): string[] {
  return [
    `${frames} frames, ${short(framesPerSecond)} a second; from being made to Chromium's screen p50 ${short(p50)}, p95 ${short(p95)}, most ${short(max)} ms. Medians of two parts of it: ${short(arrivedMs)} ms until its last packet has come to the browser, ${short(inBrowserMs)} ms from there to the screen.`,
  ];
}

function tellDensity({ families, rooms, joins, gaps, lost, sfu, signal, generator, machine }: Density): string[] {
  const left = `${short(machine.idle && machine.idle * 100)} % of the machine's time was left${generator.saturated ? `. In doubt: the viewers were at their limit (${generator.because})` : ''}`;
  return [
    `${joins.succeeded} of ${families} families watched ${rooms} rooms at ${short(sfu.kbpsPerView)} kbit/s each, ${short(sfu.packetsPerSecond)} packets a second in all; longest silence of a stream ${short(gaps.maxMs)} ms, ${short(lost.packets)} packets lost, ${lost.views} views lost; ${short(sfu.coresPer10kPps)} core per 10,000 packets/s (Node and media workers), ${short(signal.heapPerSocketKb)} kB of signal's heap a family; ${left}.`,
  ];
}

function tellChurn({ warmUp, cycles, failed, seconds, workersGone, readings, growth }: Churn): string[] {
  const percent = churnParts.map((part) => `${part} ${short(growth[part] * 100)} %`).join(', ');
  return [
    `${cycles} cycles after a warm-up of ${warmUp}, ${failed} of them failed, in ${Math.round(seconds)} s. Growth from the first reading to the last, by the line through all of them: ${percent}.${workersGone > 0 ? ` In doubt: ${workersGone} media workers were replaced meanwhile.` : ''}`,
    '',
    '| MB after so many cycles | signal | of it live objects | before collecting | sfu | of it live objects | before collecting | media workers |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...readings.map(({ cycles: after, rssMb, heapMb, uncollectedMb }) => {
      const [signal, sfu] = (['signal', 'sfu'] as const).map((part) => [rssMb[part], heapMb[part], uncollectedMb[part]].map(short));
      return `| ${[after, ...(signal ?? []), ...(sfu ?? []), short(rssMb.worker)].join(' | ')} |`;
    }),
  ];
}
