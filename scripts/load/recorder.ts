import type { CrowdNews } from './crowd-messages.ts';
import { type Count, rateOf } from './rate.ts';
import type { Part, SystemProcess } from './system-processes.ts';
import { machineTimes, type Usage, usageOf } from './usage.ts';

const sampleEveryMs = 1_000;

export const processNames = ['signal', 'sfu', 'worker', 'guard', 'camera', 'generator', 'browser'] as const satisfies (
  | Part
  | 'generator'
  | 'browser'
)[];
export type ProcessName = (typeof processNames)[number];
type PerProcess = Record<ProcessName, number>;

/** Once a second. `atMs` counts from the start; cores and idle are of the time since the sample before, packets of that between the last two reports of each process of the crowd. */
export type Sample = {
  atMs: number;
  cores: PerProcess;
  rssMb: PerProcess;
  /** Share of all cores that was idle, 0 to 1. */
  idle: number;
  watching: number;
  packetsPerSecond: number;
  /** Of RTP, without what UDP and IP add. */
  kbps: number;
  /** The worst of the generator's processes: how late its event loop was, 99th percentile. */
  lagMs: number;
  /** The longest gap in any stream. */
  gapMs: number;
};

export type Ended = Record<'signal' | 'sfu' | 'worker', number>;

type Observed = Pick<Extract<CrowdNews, { news: 'sample' }>, 'watching' | 'at' | 'packets' | 'bytes' | 'lagMs' | 'gapMs'>;

/** Watches every process of the system and of the generator, and gathers what the crowd says of itself. */
export class Recorder {
  readonly samples: Sample[] = [];
  readonly #processes: { pid: number; name: ProcessName }[];
  readonly #browsers: () => number[];
  readonly #startAt: number;
  readonly #crowd = new Map<number, Observed & { before: Count }>();
  readonly #lastUsage = new Map<number, Usage>();
  readonly #timer: NodeJS.Timeout;
  readonly #onSample: (sample: Sample) => void;
  #before: { at: number; cpu: PerProcess; machine: ReturnType<typeof machineTimes> };

  /** @param startAt milliseconds since the Unix epoch. `browsers` are asked for anew each time: Chromium starts processes as it likes. */
  constructor(
    { system, generator, browsers }: { system: SystemProcess[]; generator: number[]; browsers: () => number[] },
    startAt: number,
    onSample: (sample: Sample) => void,
  ) {
    const ofSystem = system.map(({ pid, part }) => ({ pid, name: part }));
    this.#processes = [...ofSystem, ...[process.pid, ...generator].map((pid) => ({ pid, name: 'generator' as const }))];
    this.#browsers = browsers;
    this.#startAt = startAt;
    this.#onSample = onSample;
    this.#before = this.#totals();
    this.#timer = setInterval(() => this.#sample(), sampleEveryMs);
  }

  /** How many processes of each of these parts that were there at the start have ended; others may be there in their stead. */
  get ended(): Ended {
    const endedOf = (part: keyof Ended) => this.#processes.filter(({ pid, name }) => name === part && !usageOf(pid)).length;
    return { signal: endedOf('signal'), sfu: endedOf('sfu'), worker: endedOf('worker') };
  }

  note(from: number, observed: Observed): void {
    this.#crowd.set(from, { ...observed, before: this.#crowd.get(from) ?? observed });
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const [before, now] = [this.#before, this.#totals()];
    this.#before = now;
    const seconds = (now.at - before.at) / 1_000;
    const crowd = [...this.#crowd.values()];
    const sample = {
      atMs: performance.timeOrigin + now.at - this.#startAt,
      cores: perProcess((name) => (now.cpu[name] - before.cpu[name]) / seconds),
      rssMb: perProcess((name) => this.#sum(name, 'rssMb')),
      idle: (now.machine.idle - before.machine.idle) / Math.max(0.01, now.machine.total - before.machine.total),
      watching: crowd.reduce((sum, { watching }) => sum + watching, 0),
      packetsPerSecond: crowd.reduce((sum, each) => sum + (rateOf([each.before, each]) || 0), 0),
      kbps: crowd.reduce((sum, each) => sum + (rateOf([each.before, each], 'bytes') || 0), 0) / 125,
      lagMs: Math.max(0, ...crowd.map(({ lagMs }) => lagMs)),
      gapMs: Math.max(0, ...crowd.map(({ gapMs }) => gapMs)),
    };
    this.samples.push(sample);
    this.#onSample(sample);
  }

  #totals() {
    for (const pid of this.#browsers())
      if (!this.#processes.some((each) => each.pid === pid)) this.#processes.push({ pid, name: 'browser' });
    return { at: performance.now(), cpu: perProcess((name) => this.#sum(name, 'cpuSeconds')), machine: machineTimes() };
  }

  /** Of one that has ended: the CPU that it had used, and no memory. */
  #usageOf(pid: number): Usage {
    const usage = usageOf(pid) ?? { cpuSeconds: this.#lastUsage.get(pid)?.cpuSeconds ?? 0, rssMb: 0 };
    this.#lastUsage.set(pid, usage);
    return usage;
  }

  #sum(name: ProcessName, what: 'cpuSeconds' | 'rssMb'): number {
    return this.#processes.filter((each) => each.name === name).reduce((sum, { pid }) => sum + this.#usageOf(pid)[what], 0);
  }
}

function perProcess(value: (name: ProcessName) => number): PerProcess {
  return Object.fromEntries(processNames.map((name) => [name, value(name)])) as PerProcess;
}
