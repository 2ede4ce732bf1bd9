import { createCipheriv, randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { quantile } from './quantile.ts';

const packetBytes = 1_200;
const roundTrips = 300;
const encryptedBytes = 64 << 20;

/** What this machine cannot go below, whatever the software: measured on it just before the run. */
export type Floors = { udpRoundTripMs: number; encryptPacketUs: number };

export async function measureFloors(): Promise<Floors> {
  return { udpRoundTripMs: await udpRoundTripMs(), encryptPacketUs: encryptPacketUs() };
}

/** The median time of a datagram to another socket of this process and back, over loopback. */
async function udpRoundTripMs(): Promise<number> {
  const [there, here] = [await bind(), await bind()];
  there.on('message', (message, { port }) => there.send(message, port, '127.0.0.1'));
  const times: number[] = [];
  for (let turn = 0; turn < roundTrips; turn += 1) {
    const sentAt = performance.now();
    here.send(Buffer.alloc(packetBytes), there.address().port, '127.0.0.1');
    await once(here, 'message');
    times.push(performance.now() - sentAt);
  }
  there.close();
  here.close();
  return quantile(times, 0.5);
}

async function bind(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** What AES-128-GCM takes for a packet, by OpenSSL, in bulk: without what comes anew with each packet. */
function encryptPacketUs(): number {
  const cipher = createCipheriv('aes-128-gcm', randomBytes(16), randomBytes(12));
  const chunk = Buffer.alloc(1 << 20);
  const startedAt = performance.now();
  for (let done = 0; done < encryptedBytes; done += chunk.length) cipher.update(chunk);
  return ((performance.now() - startedAt) * 1_000 * packetBytes) / encryptedBytes;
}
