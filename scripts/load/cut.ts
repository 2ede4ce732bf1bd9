import { setTimeout as delay } from 'node:timers/promises';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import { staffAsks } from '@peekaboo/shared/wire';
import { openIssuer } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { Capture, type CapturedPacket, canCapture, isMedia, isRtcp } from '../../tests/support/capture.ts';
import type { Target } from './target.ts';

const listenBeforeMs = 1_000;
const listenAfterMs = 1_500;
const askTimeoutMs = 10_000;

/** How a cut of everybody was seen. `lastMs`: each viewer's last media packet, after `since`; 0 for one before. */
export type CutSeen = {
  viewers: number;
  /** From the click of staff until they were answered. */
  ackMs: number;
  confirmed: boolean;
  lastMs: number[];
  /** RTP packets captured in the second before: silence proves something only where there was sound. */
  packetsBefore: number | undefined;
  /** Viewers that got a packet after staff were answered. */
  stillReceiving: number;
  measuredBy: 'packet capture' | 'viewer clocks';
  since: 'order at the SFU' | 'click of staff';
};

/**
 * Cuts the nursery, and watches what comes after. By packet capture where that is possible; else by the viewers' own clocks.
 * @param ports those from which the SFU sends media. @param lastPackets asks the viewers, as milliseconds since the Unix epoch.
 */
export async function cutEverybody(target: Target, ports: number[], lastPackets: () => Promise<number[]>): Promise<CutSeen> {
  const { url, nursery, rooms, dataFolder } = target;
  const claims = { sub: 'load', role: 'staff', right: 'cut', nursery, rooms, validForSeconds: 300 } as const;
  const credentials = await mintCredentials(await openIssuer(dataFolder), claims, Date.now());
  const staff = connectSocket(url, 'staff', credentials);
  await connected(staff);
  const signalPort = Number(new URL(url).port || 80);
  const capture = canCapture() ? await Capture.start(ports, { ordersFrom: signalPort }) : undefined;
  await delay(listenBeforeMs);

  const scope = { kind: 'nursery', nursery } as const;
  const clickedAt = performance.timeOrigin + performance.now();
  const receipt = await ask(staff, staffAsks, 'cut', { scope, reason: 'load test' }, askTimeoutMs);
  const answeredAt = performance.timeOrigin + performance.now();
  await delay(listenAfterMs);
  const [packets, byViewers] = [await capture?.stop(), await lastPackets()];
  staff.disconnect();

  const orderAt = packets && orderOnTheWire(packets, clickedAt);
  const zero = orderAt ?? clickedAt;
  const rtp = packets?.filter((packet) => isMedia(packet) && !isRtcp(packet));
  const last = rtp ? lastByViewer(rtp) : byViewers;
  return {
    viewers: receipt.viewsClosed,
    ackMs: answeredAt - clickedAt,
    confirmed: receipt.state === 'confirmed',
    packetsBefore: rtp?.filter(({ at }) => at < zero && at > zero - listenBeforeMs).length,
    lastMs: last.map((at) => Math.max(0, at - zero)),
    stillReceiving: last.filter((at) => at > answeredAt).length,
    measuredBy: packets ? 'packet capture' : 'viewer clocks',
    since: orderAt === undefined ? 'click of staff' : 'order at the SFU',
  };
}

/** When signal's order left for the SFU: a Socket.IO message in an unmasked, uncompressed frame (RFC 6455 section 5.3). */
function orderOnTheWire(packets: CapturedPacket[], after: number): number | undefined {
  return packets.find(({ protocol, at, payload }) => protocol === 'tcp' && at >= after - 1 && payload.includes('["cut",{"hold"'))?.at;
}

function lastByViewer(media: CapturedPacket[]): number[] {
  const last = new Map<number, number>();
  for (const { to, at } of media) last.set(to, Math.max(at, last.get(to) ?? 0));
  return [...last.values()];
}
