import { setTimeout as delay } from 'node:timers/promises';
import { Crowd, type CrowdTarget } from '../load/crowd.ts';
import type { CrowdNews } from '../load/crowd-messages.ts';
import { Events } from '../load/events.ts';
import { sumOf } from '../load/gap-watch.ts';
import { seededRandom, visitsOf } from '../load/schedule.ts';

/** How long after the last click the last viewer may still be joining. */
const settleWithinMs = 15_000;
export const startInMs = 250;

type Coming = { viewers: number; withinMs: number; as: 'steady' | 'storm' };
type Sample = Extract<CrowdNews, { news: 'sample' }>;

/** Viewers who came together and stay until they are sent away. */
export class Audience {
  readonly events = new Events();
  onSample: (sample: Sample, from: number) => void = () => undefined;
  #lastPackets: number[][] = [];
  #settled: Extract<CrowdNews, { news: 'settled' }>[] = [];
  #crowd: Crowd | undefined;

  readonly #come: Coming;

  private constructor(come: Coming) {
    this.#come = come;
  }

  /** Makes them ready to come, passes in hand. */
  static async prepare(target: CrowdTarget, come: Coming): Promise<Audience> {
    const audience = new Audience(come);
    const visits = visitsOf(come.as, come.viewers, come.withinMs, seededRandom(come.viewers));
    const room = target.rooms[0] ?? '';
    const families = visits.map((visit) => ({ room, ...visit }));
    audience.#crowd = await Crowd.start(target, families, (news, from) => audience.#heard(news, from));
    return audience;
  }

  /** Lets them come. Resolves when everybody has a picture, or has failed. */
  async arrive(): Promise<void> {
    const { viewers, withinMs } = this.#come;
    this.#crowd?.run(performance.timeOrigin + performance.now() + startInMs);
    const settledBy = performance.now() + startInMs + withinMs + settleWithinMs;
    const { pictures, failures } = this.events;
    while (pictures.length + failures.length < viewers && performance.now() < settledBy) await delay(20);
  }

  get pids(): number[] {
    return this.#crowd?.pids ?? [];
  }

  /** When each viewer got its last packet, milliseconds since the Unix epoch. */
  async lastPackets(): Promise<number[]> {
    this.#lastPackets = [];
    this.#crowd?.order('tell-last-packets');
    while (this.#lastPackets.length < this.pids.length) await delay(20);
    return this.#lastPackets.flat();
  }

  /** What has come to those who are still there, from their first packets until now. They are not watched for silences any more. */
  async settle(): Promise<{ lostPackets: number; longestGapMs: number }> {
    this.#settled = [];
    this.#crowd?.order('settle');
    while (this.#settled.length < this.pids.length) await delay(20);
    const lostPackets = this.#settled.reduce((sum, each) => sum + each.lostPackets, 0);
    return { lostPackets, longestGapMs: sumOf(this.#settled.map(({ gaps }) => gaps))?.maxMs ?? Number.NaN };
  }

  async leave(): Promise<void> {
    await this.#crowd?.stop();
  }

  #heard(news: CrowdNews, from: number): void {
    if (news.news === 'sample') this.onSample(news, from);
    else if (news.news === 'last-packets') this.#lastPackets.push(news.at);
    else if (news.news === 'settled') this.#settled.push(news);
    else this.events.note(news);
  }
}
