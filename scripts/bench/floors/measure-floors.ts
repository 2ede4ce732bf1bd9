import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { makeScratchFolder } from '../../load/scratch-folder.ts';

const run = promisify(execFile);
const source = fileURLToPath(new URL('floors.c', import.meta.url));
const endsWithinMs = 20_000;

const measured = z.strictObject({
  udpRoundTripUs: z.number(),
  encryptPacketUs: z.number(),
  sendPacketUs: z.number(),
  encryptAndSendPacketUs: z.number(),
});

/**
 * What this machine cannot go below, whatever the software: the median time of a datagram over loopback to another process and back, and
 * the CPU time that a packet of 1,200 bytes costs to encrypt (AES-128-GCM), to send, and both. NaN is what was not measured.
 */
export type Floors = { udpRoundTripMs: number; encryptPacketUs: number; sendPacketUs: number; encryptAndSendPacketUs: number };

/** By a small C program that is compiled here and now: Node would measure itself. It takes a compiler, and the headers of OpenSSL. @param signal ends it, with nothing measured. */
export async function measureFloors(signal?: AbortSignal): Promise<Floors> {
  const { path: folder, remove } = makeScratchFolder('peekaboo-floors-');
  const program = join(folder, 'floors');
  const limits = { timeout: endsWithinMs, ...(signal && { signal }) };
  try {
    await run('cc', ['-O2', source, '-lcrypto', '-o', program], limits);
    const { stdout } = await run(program, limits);
    const { udpRoundTripUs, ...others } = measured.parse(JSON.parse(stdout));
    return { udpRoundTripMs: udpRoundTripUs / 1_000, ...others };
  } catch {
    return { udpRoundTripMs: Number.NaN, encryptPacketUs: Number.NaN, sendPacketUs: Number.NaN, encryptAndSendPacketUs: Number.NaN };
  } finally {
    remove();
  }
}
