import { orderCut } from '../../load/cut.ts';
import { findSystem } from '../../load/system-processes.ts';
import { startOwn } from '../../load/target.ts';
import type { Contender } from './contender.ts';

/** The whole product, as `npm start` runs it: signal, SFU, guard, one media worker a core; passes, proofs, holds and the ledger. */
export async function startPeekaboo(): Promise<Contender> {
  const target = await startOwn(1);
  try {
    const staff = await orderCut(target);
    const stop = async () => {
      staff.close();
      await target.stop();
    };
    const processes = findSystem(Number(new URL(target.url).port));
    return { target: { ...target, protocol: 'peekaboo' }, processes, mediaPorts: undefined, cut: staff.order, reopen: staff.lift, stop };
  } catch (error) {
    await target.stop();
    throw error;
  }
}
