import type { LoadReport } from './report.ts';

/** What nobody may overlook in a report, and of what it is: red on the terminal as on the page. */
export function warningsOf({ joins, cut, lost, signal, sfu, guard, generator, failures }: LoadReport): [of: string, words: string][] {
  const troubles = Object.entries(failures).map(([why, times]) => `${why} ${times}×`);
  const warnings: [boolean, string, string][] = [
    [joins.succeeded === 0, 'joins', 'nobody had a picture, so nothing was measured'],
    [troubles.length > 0, 'failures', troubles.join(', ')],
    [cut?.confirmed === false, 'cut', 'it was not confirmed: an SFU did not say that it was carried out'],
    [(cut?.stillReceiving ?? 0) > 0, 'cut', `${cut?.stillReceiving} still received after staff were answered`],
    [lost.views > 0, 'lost', `${lost.views} views were closed by the system, or their connection ended`],
    [guard.kills > 0, 'workers', `${guard.kills} ended`],
    [signal.ended > 0, 'signal', `${signal.ended} ended`],
    [sfu.ended > 0, 'sfu', `${sfu.ended} ended`],
    [generator.saturated, 'generator', `it was saturated (${generator.because}): these figures are no verdict on the server`],
  ];
  return warnings.filter(([holds]) => holds).map(([, of, words]) => [of, words]);
}
