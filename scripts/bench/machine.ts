import { cpus, release } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { version as mediasoup } from 'mediasoup';
import { machineTimes } from '../load/usage.ts';

/** How long the machine is looked at before the run, and how much other work makes the figures doubtful. */
const lookForMs = 1_000;
const busyShare = 0.1;

export type Machine = { cpu: string; cores: number; kernel: string; node: string; mediasoup: string };

export function thisMachine(): Machine {
  const [cpu, ...otherCpus] = cpus();
  const hardware = { cpu: cpu?.model.trim() ?? 'unknown', cores: 1 + otherCpus.length, kernel: release().split('.', 2).join('.') };
  return { ...hardware, node: process.versions.node, mediasoup };
}

/** A sentence when the machine is at work before anything is started here. */
export async function othersAtWork(): Promise<string[]> {
  const before = machineTimes();
  await delay(lookForMs);
  const after = machineTimes();
  const busy = 1 - (after.idle - before.idle) / Math.max(0.01, after.total - before.total);
  return busy > busyShare ? [`before the run, the machine was ${Math.round(busy * 100)} % busy with other work`] : [];
}
