import { setTimeout as delay } from 'node:timers/promises';
import { Capture, type CapturedPacket, type CaptureOptions, canCapture, isMedia, isRtcp, type Ports } from '../../tests/support/capture.ts';
import { never } from './or-aborted.ts';

const listenBeforeMs = 1_000;
const listenAfterMs = 1_500;
const captureEndsWithinMs = 1_000;

/** How a cut of everybody was seen. `lastMs`: each viewer's last media packet, after `since`; 0 for one in the second before. Who got none since then is not in it. */
export type CutSeen = {
  viewers: number;
  /** Milliseconds since the Unix epoch. */
  clickedAt: number;
  /** From the click of staff until they were answered. */
  ackMs: number;
  confirmed: boolean;
  lastMs: number[];
  /** RTP packets captured in the second before, those that went to the kernel together as one: silence proves something only where there was sound. */
  packetsBefore: number | undefined;
  /** Viewers that got a packet after staff were answered. */
  stillReceiving: number;
  measuredBy: 'packet capture' | 'viewer clocks';
  since: 'order at the SFU' | 'click of staff';
};

/** A cut that can be ordered. `isOrder` recognises it on the wire, among the TCP packets that `orders` selects. */
export type CutOrder = {
  give: () => Promise<{ viewers: number; confirmed: boolean }>;
  orders: Pick<CaptureOptions, 'ordersFrom' | 'ordersTo'>;
  isOrder: (packet: CapturedPacket) => boolean;
};

/**
 * Gives the order, and watches what comes after. By packet capture where that is possible; else by the viewers' own clocks.
 * @param ports those from which the server sends media. @param lastPackets asks the viewers, as milliseconds since the Unix epoch.
 * @param signal stops watching; an order that was given then is waited for all the same.
 */
export async function observeCut(
  order: CutOrder,
  ports: Ports,
  lastPackets: () => Promise<number[]>,
  signal: AbortSignal = never,
): Promise<CutSeen> {
  const capture = canCapture() ? await Capture.start(ports, order.orders) : undefined;
  try {
    return await watchOrder(order, lastPackets, capture, signal);
  } finally {
    // Ctrl-C in a terminal ends tcpdump as well, and then this would wait for it in vain, before the cut is lifted.
    await Promise.race([capture?.stop().catch(() => undefined), delay(captureEndsWithinMs)]);
  }
}

async function watchOrder(
  order: CutOrder,
  lastPackets: () => Promise<number[]>,
  capture: Capture | undefined,
  signal: AbortSignal,
): Promise<CutSeen> {
  await delay(listenBeforeMs, undefined, { signal });
  // By the clock on the wall, as packets are captured: the other one drifts from it once the machine's time is set.
  const clickedAt = Date.now();
  const begunAt = performance.now();
  const { viewers, confirmed } = await order.give();
  const ackMs = performance.now() - begunAt;
  const answeredAt = Date.now();
  await delay(listenAfterMs, undefined, { signal });
  const [packets, byViewers] = [await capture?.stop(), await lastPackets()];

  const orderAt = packets?.find((packet) => packet.protocol === 'tcp' && packet.at >= clickedAt - 1 && order.isOrder(packet))?.at;
  const zero = orderAt ?? clickedAt;
  const rtp = packets?.filter((packet) => isMedia(packet) && !isRtcp(packet));
  const last = (rtp ? lastByViewer(rtp) : byViewers).filter((at) => at > zero - listenBeforeMs);
  return {
    ...{ viewers, confirmed, clickedAt, ackMs },
    packetsBefore: rtp?.filter(({ at }) => at < zero && at > zero - listenBeforeMs).length,
    lastMs: last.map((at) => Math.max(0, at - zero)),
    stillReceiving: last.filter((at) => at > answeredAt).length,
    measuredBy: packets ? 'packet capture' : 'viewer clocks',
    since: orderAt === undefined ? 'click of staff' : 'order at the SFU',
  };
}

function lastByViewer(media: CapturedPacket[]): number[] {
  const last = new Map<number, number>();
  for (const { to, at } of media) last.set(to, Math.max(at, last.get(to) ?? 0));
  return [...last.values()];
}
