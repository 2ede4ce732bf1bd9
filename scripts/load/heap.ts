import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../tests/support/until.ts';
import { findSystem } from './system-processes.ts';

const collector = new URL('collect-garbage.ts', import.meta.url);

/** With this in its environment a system can be asked for `heapInUse`. */
export const collectable = { NODE_OPTIONS: `--expose-gc --import=${collector.href}` };

/** Bytes of live objects in the heap of the signal that listens on this port, after a garbage collection. It takes signal 50 ms or so. */
export async function heapInUse(port: number, dataFolder: string): Promise<number> {
  const signal = findSystem(port).find(({ part }) => part === 'signal');
  if (!signal) throw new Error(`no signal listens on port ${port}`);
  const file = join(dataFolder, 'heap-in-use');
  rmSync(file, { force: true });
  process.kill(signal.pid, 'SIGUSR2');
  return until('signal has collected its garbage', () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined), 10_000);
}
