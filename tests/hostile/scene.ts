import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { newId } from '@peekaboo/shared/ids';
import { expect } from 'vitest';
import type { Entry } from '../../apps/signal/src/audit/entry.ts';
import { evaluate, inspectable, readFrom } from '../support/inspector.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { childrenOf, residentBytes } from '../support/processes.ts';
import type { Program } from '../support/program.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

/** What a hostile client may cost at most, once it is gone and Node has collected its garbage. A heap that grew is given back bit by bit. */
const tolerableMb = { signal: 150, sfu: 50, workers: 20 };
/** The longest time without a packet for the bystander, who lives in the same process as the attacker and waits while that one is busy. */
const tolerableGapMs = 2_000;

export type Memory = Record<keyof typeof tolerableMb, number>;

/**
 * A whole system and one parent who watches while it is attacked. Whatever is done to it: nothing crashes, memory stays, and that
 * parent notices nothing.
 */
export class Scene {
  readonly system: System;
  readonly bystander: HeadlessViewer;
  readonly #before: Memory;

  private constructor(system: System, bystander: HeadlessViewer) {
    this.system = system;
    this.bystander = bystander;
    this.#before = memoryOf(system);
  }

  static async set(config: object = {}): Promise<Scene> {
    const system = await System.start({
      config: { ...nurseryConfig(), ...config },
      env: { NODE_OPTIONS: `${inspectable.NODE_OPTIONS} --expose-gc` },
    });
    const bystander = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await bystander.watch('sunflowers');
    await bystander.picture();
    bystander.longestGapMs = 0;
    return new Scene(system, bystander);
  }

  /** A guardian of their own for each attack, and what the ledger says of them. */
  async guardian(): Promise<{ viewer: HeadlessViewer; refusals: () => Entry[] }> {
    const sub = newId('guardian');
    const viewer = await HeadlessViewer.connect(this.system.url, await this.system.pass('guardian', { sub }));
    return { viewer, refusals: () => this.refusalsOf(sub) };
  }

  refusalsOf(sub: string): Entry[] {
    const lines = readFileSync(join(this.system.dataFolder, 'ledger.jsonl'), 'utf8').trim().split('\n');
    return lines.map((line) => JSON.parse(line) as Entry).filter(({ kind, actor }) => kind.endsWith('.refused') && actor === sub);
  }

  /** What is in use once all garbage is collected: the heaps of both Node processes, and all of the media workers; in bytes. */
  async inUse(): Promise<Memory> {
    const heapOf = async (program: Program) => {
      for (let times = 0; times < 3; times += 1) await evaluate(program, 'gc()'); // what has a finalizer takes more than one
      return Number(await readFrom(program, 'process.memoryUsage().heapUsed'));
    };
    const { signal, sfu } = this.system;
    return { signal: await heapOf(signal), sfu: await heapOf(sfu), workers: memoryOf(this.system).workers * 2 ** 20 };
  }

  /** Call in `afterEach`: that this attack disturbed nobody. */
  async undisturbed(): Promise<void> {
    const { packets } = this.bystander;
    await until('packets go on coming', () => this.bystander.packets > packets + 5).catch((error) => {
      console.error(this.system.signal.output.slice(-3_000), this.system.sfu.output.slice(-3_000));
      throw error;
    });
    expect(this.bystander.closed).toEqual([]);
    const { longestGapMs } = this.bystander;
    this.bystander.longestGapMs = 0;
    expect(longestGapMs).toBeLessThan(tolerableGapMs);
    expect([this.system.signal.ended, this.system.sfu.ended, memoryOf(this.system).workers > 0]).toEqual([false, false, true]);
  }

  async end(): Promise<void> {
    await this.bystander.picture();
    for (const program of [this.system.signal, this.system.sfu]) await evaluate(program, 'gc()');
    const after = memoryOf(this.system);
    const grown = Object.entries(this.#before).map(([name, before]): [string, number] => [name, after[name as keyof Memory] - before]);
    console.log(`memory grew by ${grown.map(([name, mb]) => `${name} ${mb.toFixed(0)} MB`).join(', ')}`);
    for (const [name, mb] of grown) expect([name, mb < tolerableMb[name as keyof Memory] ? 'flat' : mb]).toEqual([name, 'flat']);
    for (const { output } of [this.system.signal, this.system.sfu])
      expect(output).not.toMatch(/"level":60|unhandled|uncaught|\n\s+at .*node:internal/i);
    this.bystander.close();
    await this.system.stop();
  }
}

function memoryOf(system: System): Memory {
  const workers = childrenOf(system.sfu.pid).filter(({ command }) => command.includes('mediasoup-worker'));
  const mb = (pids: number[]) => pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / 2 ** 20;
  return { signal: mb([system.signal.pid]), sfu: mb([system.sfu.pid]), workers: mb(workers.map(({ pid }) => pid)) };
}
