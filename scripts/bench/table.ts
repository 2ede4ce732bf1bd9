import type { Bench } from './bench.ts';
import type { ContenderName } from './contenders/contender.ts';
import { short, type Verdict } from './goals.ts';
import { ratios as known, type Metric, metrics, type Result, type Spread } from './result.ts';

const titles: Record<ContenderName, string> = {
  peekaboo: 'Peekaboo',
  bare: 'bare mediasoup',
  bareUntuned: 'bare, untuned',
  janus: 'Janus',
};

/** The result as Markdown, for docs/performance.md and for the terminal. */
export function tableOf({ command, at, machine, floors, sizes, result, verdicts }: Bench): string {
  const { few, many, more, most, storm } = sizes;
  const rounds = Math.max(0, ...Object.values(result.contenders).map((each) => each.workerCoresPer10kPps?.rounds.length ?? 0));
  return [
    `\`${command}\`, ${at.slice(0, 10)}: ${rounds} ${rounds === 1 ? 'round' : 'rounds'} in turns on ${machine.cores} x ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}, mediasoup ${machine.mediasoup}${machine.janus ? `, Janus ${machine.janus}` : ''}; viewers beside the server on the same cores. Median, and in brackets least and most. CPU at ${many} viewers, memory at ${more}, joins of ${many} evenly spread, cuts of ${few} and of ${most}, storm of ${storm} within a second.`,
    '',
    ...measuredTable(result),
    '',
    `Floors: ${short(floors.encryptAndSendPacketUs)} us of CPU to encrypt and send a packet (${short(floors.sendPacketUs)} to send alone), or ${short(floors.encryptAndSendPacketUs / 100)} core per 10,000 packets/s; a datagram to another process and back ${short(floors.udpRoundTripMs * 1_000)} us.`,
    '',
    ...(verdicts.length > 0 ? goalTable(verdicts) : ['A quick run: no figure of it means anything.']),
    ...(result.doubts.length > 0 ? ['', 'In doubt:', '', ...result.doubts.map((doubt) => `- ${doubt}`)] : []),
  ].join('\n');
}

function measuredTable({ contenders, ratios }: Result): string[] {
  const names = Object.keys(contenders) as ContenderName[];
  const rows = (Object.keys(metrics) as Metric[])
    .filter((metric) => names.some((name) => contenders[name]?.[metric]))
    .map((metric) => row([metrics[metric], ...names.map((name) => cell(contenders[name]?.[metric]))]));
  const compared = (Object.keys(ratios) as (keyof typeof known)[]).map((key) => `${known[key].words} ${cell(ratios[key])}`);
  return [
    row(['', ...names.map((name) => titles[name])]),
    row(['---', ...names.map(() => '---')]),
    ...rows,
    ...(compared.length > 0 ? ['', `Ratios, of each round: ${compared.join('; ')}.`] : []),
  ];
}

export function goalTable(verdicts: Verdict[]): string[] {
  const words = (met: boolean | undefined) => (met === undefined ? 'not measured' : met ? 'met' : '**missed**');
  return [
    row(['goal', 'measured', '']),
    row(['---', '---', '---']),
    ...verdicts.map(({ goal, measured, met }) => row([goal, measured, words(met)])),
  ];
}

function cell(spread: Spread | undefined): string {
  if (!spread) return '–';
  return spread.rounds.length === 1 ? short(spread.median) : `${short(spread.median)} (${short(spread.min)}–${short(spread.max)})`;
}

function row(cells: string[]): string {
  return `| ${cells.join(' | ')} |`;
}
