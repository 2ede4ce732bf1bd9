import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { staffAsks } from '@peekaboo/shared/wire';
import { openIssuer } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { type CutOrder, type CutSeen, observeCut } from './observe-cut.ts';
import { portOf } from './port-of.ts';
import type { Target } from './target.ts';

const askTimeoutMs = 10_000;
const reason = 'load test';

/**
 * Cuts the nursery as staff do, watches what comes after, and lifts it, also when it is interrupted: a nursery that parents use is not to stay dark.
 * @param ports those from which the SFU sends media. @param lastPackets asks the viewers, as milliseconds since the Unix epoch.
 * @throws Error also when it cannot be lifted.
 */
export async function cutEverybody(
  target: Target,
  ports: number[],
  lastPackets: () => Promise<number[]>,
  signal: AbortSignal,
): Promise<CutSeen> {
  const staff = await orderCut(target);
  try {
    return await observeCut(staff.order, ports, lastPackets, signal);
  } finally {
    await staff.lift().finally(() => staff.close());
  }
}

/** Staff with their hand on the button. `lift` ends the hold of the last cut, if there is one. */
export async function orderCut(target: Target): Promise<{ order: CutOrder; lift: () => Promise<void>; close: () => void }> {
  const { url, nursery, rooms, dataFolder } = target;
  const claims = { sub: 'load', role: 'staff', right: 'cut', nursery, rooms, validForSeconds: 3_600 } as const;
  const credentials = await mintCredentials(await openIssuer(dataFolder), claims, Date.now());
  const staff = connectSocket(url, 'staff', credentials);
  await connected(staff);
  let hold = '';
  return {
    order: {
      give: async () => {
        const scope = { kind: 'nursery', nursery } as const;
        const receipt = await ask(staff, staffAsks, 'cut', { scope, reason }, askTimeoutMs);
        hold = receipt.hold.id;
        return { viewers: receipt.viewsClosed, confirmed: receipt.state === 'confirmed' };
      },
      orders: { ordersFrom: portOf(url) },
      // A Socket.IO message in an unmasked, uncompressed frame (RFC 6455 section 5.3), from signal to the SFU.
      isOrder: ({ payload }) => payload.includes('["cut",{"hold"'),
    },
    lift: async () => {
      if (hold === '') return;
      try {
        if (!staff.connected) await connected(staff.connect());
        await ask(staff, staffAsks, 'lift', { hold, reason }, askTimeoutMs);
        hold = '';
      } catch (error) {
        throw new Error(`the cut is not lifted (${(error as Error).message}); lift it on the staff page`);
      }
    },
    close: () => staff.disconnect(),
  };
}
