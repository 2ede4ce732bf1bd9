import { type CutSeen, observeCut } from '../load/observe-cut.ts';
import { Audience } from './audience.ts';
import type { Contender } from './contenders/contender.ts';
import type { Sizes } from './options.ts';
import { type Seen, watchProcesses } from './watch-processes.ts';

/** Milliseconds from the click: to the answer accepted, and to the first whole keyframe. */
type Joins = { joinMs: number[]; firstFrameMs: number[]; failures: string[] };

/** What a contender did, at each stage that there was. */
export type Turn = { joins: Joins; atMany: Seen; atMore?: Seen; cutFew?: CutSeen; cutMost?: CutSeen; storm?: Joins };

/**
 * One contender's turn: few are cut; then many come, more, and most, who are cut; at last a storm. It is stopped at the end.
 * @param stages `cost`: only what a packet costs at many. `cuts`: all but the storm.
 */
export async function takeTurn(start: () => Promise<Contender>, sizes: Sizes, stages: 'cost' | 'cuts' | 'all'): Promise<Turn> {
  const contender = await start();
  const audiences: Audience[] = [];
  const gather = async (viewers: number, withinMs: number, as: 'steady' | 'storm' = 'steady') => {
    const audience = await Audience.gather(contender.target, { viewers, withinMs, as });
    audiences.push(audience);
    return audience;
  };
  const dismiss = () => Promise.all(audiences.splice(0).map((audience) => audience.leave()));
  const cut = async () => {
    const seen = await cutThem(contender, audiences);
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
    if (stages === 'cost') return { joins, atMany };
    if (more > many) await gather(more - many, manyWithinMs / 2);
    turn.atMore = more > many ? await watchProcesses(contender, audiences, watchMs / 4) : atMany;
    if (most > more) await gather(most - more, manyWithinMs / 2);
    turn.cutMost = await cut();
    if (stages === 'all') {
      await gather(few, few * 50); // a storm comes to where some watch already
      turn.storm = joinsOf(await gather(storm, 1_000, 'storm'));
    }
    return { ...turn, joins, atMany };
  } finally {
    await dismiss();
    await contender.stop();
  }
}

function joinsOf({ events: { joins, pictures, failures } }: Audience): Joins {
  return { joinMs: joins.map(({ ms }) => ms), firstFrameMs: pictures.map(({ ms }) => ms), failures: failures.map(({ why }) => why) };
}

function cutThem({ cut, mediaPorts }: Contender, audiences: Audience[]): Promise<CutSeen> {
  const ports = mediaPorts ?? [...new Set(audiences.flatMap(({ events }) => [...events.ports]))];
  return observeCut(cut, ports, async () => (await Promise.all(audiences.map((audience) => audience.lastPackets()))).flat());
}
