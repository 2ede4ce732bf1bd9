import { setTimeout as delay } from 'node:timers/promises';
import { type CutOrder, type CutSeen, observeCut } from '../load/observe-cut.ts';
import { usageOf } from '../load/usage.ts';
import { Audience, startInMs } from './audience.ts';
import type { Contender } from './contenders/contender.ts';
import type { Sizes } from './options.ts';
import { measureStormCpu, type StormCpu } from './storm-cpu.ts';
import { type Seen, watchProcesses } from './watch-processes.ts';

const stormMs = 1_000;

/** Milliseconds from the click to the answer accepted, and to the first whole keyframe; `dueMs`: to the answer from when the viewer was to come, connecting included. */
type Joins = { joinMs: number[]; dueMs: number[]; firstFrameMs: number[]; failures: string[] };

/** What a contender did, at each stage that there was. */
export type Turn = {
  joins: Joins;
  atMany: Seen;
  atMore?: Seen;
  cutFew?: CutSeen;
  cutMost?: CutSeen;
  /** Of a quarter as many as in the storm, in as long. */
  gust?: Joins;
  storm?: Joins;
  stormCpu?: StormCpu;
  /** Of those who watched as the storm came. */
  duringStorm?: { lostPackets: number; longestGapMs: number };
  stormCut?: CutSeen;
  workersGone: number;
};

/**
 * One contender's turn: few are cut; then many come, more, and most, who are cut; at last a storm, and one with a cut in its middle. It is stopped at
 * the end.
 * @param stages `cost`: only what a packet costs at many. `cuts`: no storm. `storm`: one, which is not cut.
 */
export async function takeTurn(start: () => Promise<Contender>, sizes: Sizes, stages: 'cost' | 'cuts' | 'storm' | 'all'): Promise<Turn> {
  const contender = await start();
  const audiences: Audience[] = [];
  const prepare = async (viewers: number, withinMs: number, as: 'steady' | 'storm' = 'steady') => {
    const audience = await Audience.prepare(contender.target, { viewers, withinMs, as });
    audiences.push(audience);
    return audience;
  };
  const gather = async (viewers: number, withinMs: number) => {
    const audience = await prepare(viewers, withinMs);
    await audience.arrive();
    return audience;
  };
  const dismiss = () => Promise.all(audiences.splice(0).map((audience) => audience.leave()));
  const cut = async () => {
    const seen = await cutThem(contender.cut, contender, audiences);
    await dismiss();
    await contender.reopen();
    return seen;
  };
  const { few, many, more, most, storm, manyWithinMs, watchMs } = sizes;
  try {
    const turn: Partial<Turn> = {};
    if (stages !== 'cost') {
      await gather(few, few * 50);
      turn.cutFew = await cut();
    }
    const joins = joinsOf(await gather(many, manyWithinMs));
    const atMany = await watchProcesses(contender, audiences, watchMs);
    const workersGone = () => contender.processes.filter(({ pid, part }) => part === 'worker' && !usageOf(pid)).length;
    if (stages === 'cost') return { joins, atMany, workersGone: workersGone() };
    if (more > many) await gather(more - many, manyWithinMs / 2);
    turn.atMore = more > many ? await watchProcesses(contender, audiences, watchMs / 4) : atMany;
    if (most > more) await gather(most - more, manyWithinMs / 2);
    turn.cutMost = await cut();
    if (stages === 'cuts') return { ...turn, joins, atMany, workersGone: workersGone() };
    const gust = await prepare(Math.ceil(storm / 4), stormMs, 'storm');
    await gust.arrive();
    turn.gust = joinsOf(gust);
    await dismiss();
    const early = await gather(few, few * 50); // a storm comes to where some watch already
    const crowd = await prepare(storm, stormMs, 'storm');
    turn.stormCpu = await measureStormCpu(contender.processes, crowd.pids, () => crowd.arrive());
    turn.storm = joinsOf(crowd);
    turn.duringStorm = await early.settle();
    if (stages === 'storm') return { ...turn, joins, atMany, workersGone: workersGone() };
    await dismiss();
    await gather(few, few * 50);
    const cutCrowd = await prepare(storm, stormMs, 'storm');
    const amid = { ...contender.cut, give: async () => amidst(cutCrowd, contender.cut) };
    turn.stormCut = await cutThem(amid, contender, audiences);
    return { ...turn, joins, atMany, workersGone: workersGone() };
  } finally {
    await dismiss();
    await contender.stop();
  }
}

function joinsOf({ events: { joins, pictures, failures } }: Audience): Joins {
  const [joinMs, dueMs] = [joins.map(({ ms }) => ms), joins.map((each) => each.dueMs)];
  return { joinMs, dueMs, firstFrameMs: pictures.map(({ ms }) => ms), failures: failures.map(({ why }) => why) };
}

/** Gives the order when half of the storm has come; the other half is refused, and that is no matter here. */
async function amidst(crowd: Audience, cut: CutOrder): ReturnType<CutOrder['give']> {
  void crowd.arrive();
  await delay(startInMs + stormMs / 2);
  return cut.give();
}

function cutThem(cut: CutOrder, { mediaPorts }: Contender, audiences: Audience[]): Promise<CutSeen> {
  const ports = mediaPorts ?? [...new Set(audiences.flatMap(({ events }) => [...events.ports]))];
  return observeCut(cut, ports, async () => (await Promise.all(audiences.map((audience) => audience.lastPackets()))).flat());
}
