import { type LoadReport, reportOf } from '../../../load/report.ts';
import { runLoad } from '../../../load/run.ts';
import { startOwn } from '../../../load/target.ts';

export type DensitySizes = { families: number; rooms: number; kbps: number; rampMs: number; holdMs: number };

/** What was asked for, and what the load tool's report says of it, under its own keys. */
export type Density = { kbps: number } & Pick<
  LoadReport,
  'families' | 'rooms' | 'joins' | 'gaps' | 'lost' | 'sfu' | 'signal' | 'guard' | 'generator' | 'machine'
>;

/** As many families as one machine is to carry, at a low bit rate, with the generator beside them: `npm run load` with its own words. */
export async function measureDensity(
  { families, rooms, kbps, rampMs, holdMs }: DensitySizes,
  say: (line: string) => void,
): Promise<Density> {
  const target = await startOwn(rooms, { kbps });
  try {
    const nothingElse = { browsers: 0, invite: false, cut: false, json: true, report: undefined, assertions: [], running: undefined };
    const run = await runLoad(target, { profile: 'steady', families, rooms, kbps, rampMs, holdMs, ...nothingElse }, () => undefined);
    const { joins, gaps, lost, sfu, signal, guard, generator, machine } = reportOf(run);
    say(`density: ${joins.succeeded} of ${families} came in`);
    return { families, rooms, kbps, joins, gaps, lost, sfu, signal, guard, generator, machine };
  } finally {
    await target.stop();
  }
}
