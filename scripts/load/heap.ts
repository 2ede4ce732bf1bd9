import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../tests/support/until.ts';
import { findSystem } from './system-processes.ts';

const collector = new URL('collect-garbage.ts', import.meta.url);

/** With this in its environment a system can be asked for `heapInUse`. */
export const collectable = { NODE_OPTIONS: `--expose-gc --import=${collector.href}` };

/** Bytes of live objects in the heap of the signal that listens on this port, or of its SFU, after a garbage collection. It takes them 50 ms or so. */
export async function heapInUse(port: number, dataFolder: string, part: 'signal' | 'sfu' = 'signal'): Promise<number> {
  const asked = findSystem(port).find((each) => each.part === part);
  if (!asked) throw new Error(`no ${part} is there for port ${port}`);
  const file = join(dataFolder, `heap-in-use-${asked.pid}`);
  rmSync(file, { force: true });
  process.kill(asked.pid, 'SIGUSR2');
  return until(`${part} has collected its garbage`, () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined), 10_000);
}
