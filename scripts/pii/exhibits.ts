import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { childrenOf } from '../../tests/support/processes.ts';
import type { System } from '../../tests/support/system.ts';
import type { Exhibit } from './canaries.ts';

/** Every file below a folder. */
export function filesIn(place: string, folder: string): Exhibit[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ place, name: path, bytes: readFileSync(path) }));
}

export function logsOf({ signal, sfu }: System): Exhibit[] {
  return [
    { place: 'log', name: 'signal', bytes: Buffer.from(signal.output) },
    { place: 'log', name: 'sfu', bytes: Buffer.from(sfu.output) },
  ];
}

/**
 * Arguments and environments, as every process of the same user can read them. The environment that the SFU itself was started with has the
 * camera's password, because an operator put it there; of everything below it, it must be gone.
 */
export function processesOf({ signal, sfu }: System): Exhibit[] {
  const below = [signal.pid, sfu.pid].flatMap((pid) => childrenOf(pid).map((child) => child.pid));
  return [
    ...[signal.pid, sfu.pid, ...below].map((pid) => ({
      place: 'arguments',
      name: `/proc/${pid}/cmdline`,
      bytes: readProc(pid, 'cmdline'),
    })),
    ...[signal.pid, ...below].map((pid) => ({ place: 'environment', name: `/proc/${pid}/environ`, bytes: readProc(pid, 'environ') })),
  ];
}

function readProc(pid: number, name: string): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${name}`);
  } catch {
    return Buffer.alloc(0); // it ended meanwhile
  }
}
