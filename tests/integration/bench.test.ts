import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { canCapture } from '../support/capture.ts';

const script = fileURLToPath(new URL('../../scripts/bench.ts', import.meta.url));
const latest = new URL('../../bench/latest.json', import.meta.url);

describe('the benchmark', () => {
  const bench = async (...words: string[]) => {
    const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code, stdout, stderr };
  };

  test('measures Peekaboo and bare mediasoup in one run, and leaves the kept figures alone when it is quick', async () => {
    const before = readFileSync(latest, 'utf8');
    const { code, stdout, stderr } = await bench('--quick', '--only', 'peekaboo,bare', '--json');
    expect(code, stderr).toBe(0);
    const { contenders } = JSON.parse(stdout).result;
    for (const measured of [contenders.peekaboo, contenders.bare]) {
      expect(measured.packetsPerSecond.median).toBeGreaterThan(4 * 15); // 15 frames a second, each at least one packet
      for (const metric of ['serverMb', 'joinP50Ms', 'firstFrameP50Ms', 'cutMostAckMs']) expect(measured[metric].median).toBeGreaterThan(0);
      expect(measured.stormFailed.max).toBe(0);
      expect(measured.stormLostPackets.max).toBe(0); // four who come to two
      expect(measured.stormGapMs.max).toBeGreaterThan(1_000 / 15 - 20); // between two frames, if nothing else
      if (canCapture()) expect(measured.cutPacketsBefore.min).toBeGreaterThan(4 * 5);
    }
    expect(readFileSync(latest, 'utf8')).toBe(before);
  }, 120_000); // it starts some twenty processes, and the machine may be busy

  test('sees from afar what a join takes, how old a picture is on the screen, and what many families get', async () => {
    const { code, stdout, stderr } = await bench('--quick', '--only', 'join,glass,density', '--json');
    expect(code, stderr).toBe(0);
    const { join, glass, density } = JSON.parse(stdout).studies;
    expect(join.joins).toBeGreaterThan(0);
    expect(join.signallingRoundTrips).toBe(1);
    const { check, checked, hello, handshaken, keyframe } = join.steps;
    for (const [from, to, roundTrips] of [
      [0, check, 1],
      [check, checked, 1],
      [hello, handshaken, 1.5],
      [0, keyframe, 3.5],
    ] as const)
      expect(to - from).toBeGreaterThan(roundTrips * join.rttMs);
    expect(glass.frames).toBeGreaterThan(5);
    // ffmpeg tells the end of a frame by the beginning of the next.
    expect(glass.arrivedMs).toBeGreaterThan(1_000 / 30);
    expect(glass.glassToGlassMs.p50).toBeGreaterThan(glass.arrivedMs);
    expect(density.joins).toEqual({ attempted: 4, succeeded: 4, failed: 0 });
    expect(density.sfu.kbpsPerView).toBeGreaterThan(100); // of 150, by an encoder that has just begun
    expect(density.sfu.kbpsPerView).toBeLessThan(200);
    expect(glass.glassToGlassMs.p50).toBeLessThan(5_000); // the clock is read rightly, whatever else the machine has to do
  }, 120_000);

  test('does not understand a contender that there is not, and says so', async () => {
    const { code, stderr } = await bench('--only', 'nobody');
    expect(code).toBe(2);
    expect(stderr).toContain(
      '--only nobody: there is no such contender (peekaboo, bare, bareUntuned, janus) and no such study (join, glass',
    );
  });
});
