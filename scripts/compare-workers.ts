import { accessSync, constants } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Audience } from './bench/audience.ts';
import { startBare } from './bench/contenders/bare.ts';
import { startJanus } from './bench/contenders/janus.ts';
import { short } from './bench/goals.ts';
import { watchProcesses } from './bench/watch-processes.ts';

/*
 * `npm run compare-workers -- <mediasoup-worker> <mediasoup-worker>...`: what a packet costs them, all at work at the same time, so that whatever
 * else happens to the machine happens to all: the ratio of two differs by 2 % from run to run, where runs one after the other differ by 20 %.
 * Each has bare mediasoup around it and viewers of its own; `janus` in place of a file is Janus. Exit code 2 for a mistake in the call.
 */

const usage = 'usage: npm run compare-workers -- [--viewers 100] [--seconds 40] <path of a mediasoup-worker, or janus>...';
const parts = 4;

/** Nothing is left running: what is started here ends with this process. */
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

const { viewers, seconds, binaries } = readCall();
const all = [];
for (const binary of binaries) {
  if (binary !== 'janus') process.env.MEDIASOUP_WORKER_BIN = binary;
  all.push(binary === 'janus' ? await startJanus() : await startBare({ untuned: false }));
}
const audiences: Audience[] = [];
for (const { target } of all) {
  const audience = await Audience.prepare(target, { viewers, withinMs: viewers * 30, as: 'steady' });
  audiences.push(audience);
  await audience.arrive();
}
await delay(1_000);

/** Cores per 10,000 packets/s, of each, part after part. */
const costs: number[][] = [];
for (let part = 0; part < parts; part += 1) {
  const seen = await Promise.all(
    all.map((contender, index) => watchProcesses(contender, audiences.slice(index, index + 1), (seconds * 1_000) / parts)),
  );
  costs.push(seen.map(({ workerCores, packetsPerSecond }) => (workerCores * 10_000) / packetsPerSecond));
}
console.log('cores per 10,000 packets/s, mean and parts; to the first one');
for (const [index, binary] of binaries.entries()) {
  const own = costs.map((part) => part[index] ?? Number.NaN);
  const ratio = mean(own.map((cost, part) => cost / (costs[part]?.[0] ?? Number.NaN)));
  console.log(`${short(mean(own))} (${own.map(short).join(', ')}); ${short(ratio)}x  ${binary}`);
}
await Promise.all(audiences.map((audience) => audience.leave()));
await Promise.all(all.map((contender) => contender.stop()));
process.exit(0);

function readCall(): { viewers: number; seconds: number; binaries: string[] } {
  try {
    const options = { viewers: { type: 'string', default: '100' }, seconds: { type: 'string', default: '40' } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [viewers, seconds] = [Number(values.viewers), Number(values.seconds)];
    if (!(viewers >= 1 && viewers <= 300)) throw new Error('--viewers: a number from 1 to 300');
    if (!(seconds >= 8 && seconds <= 300)) throw new Error('--seconds: a number from 8 to 300');
    if (positionals.length === 0) throw new Error('no mediasoup-worker is named');
    for (const path of positionals) if (path !== 'janus') accessSync(path, constants.X_OK);
    return { viewers, seconds, binaries: positionals };
  } catch (error) {
    console.error(`peekaboo compare-workers: ${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
