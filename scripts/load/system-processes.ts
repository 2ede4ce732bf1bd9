import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { childrenOf } from '../../tests/support/processes.ts';

export type Part = 'signal' | 'sfu' | 'worker' | 'guard' | 'camera';
export type SystemProcess = { pid: number; part: Part };

const listening = '0A';
const established = '01';

/**
 * The processes of the system whose signal listens on this port of this machine, from /proc: who listens is signal, who is connected to it from
 * apps/sfu is the SFU, and the rest are its children. Empty where there is no /proc.
 */
export function findSystem(port: number): SystemProcess[] {
  const sockets = tcpSockets();
  const owners = socketOwners();
  const pidsOf = (inodes: string[], program: string) => {
    const pids = inodes.flatMap((inode) => owners.get(inode) ?? []);
    return [...new Set(pids)].filter((pid) => commandOf(pid).includes(program));
  };
  const signals = pidsOf(
    sockets.filter(({ state, local }) => state === listening && local === port).map(({ inode }) => inode),
    'signal/src/main.ts',
  );
  const sfus = pidsOf(
    sockets.filter(({ state, remote }) => state === established && remote === port).map(({ inode }) => inode),
    'sfu/src/main.ts',
  );
  const below = sfus.flatMap((sfu) => childrenOf(sfu)).map(({ pid, command }) => ({ pid, part: partOf(command) }));
  return [...signals.map((pid) => ({ pid, part: 'signal' as const })), ...sfus.map((pid) => ({ pid, part: 'sfu' as const })), ...below];
}

function partOf(command: string): Part {
  if (command.includes('mediasoup-worker')) return 'worker';
  return command.includes('guard-process') ? 'guard' : 'camera';
}

function tcpSockets(): { local: number; remote: number; state: string; inode: string }[] {
  const lines = ['tcp', 'tcp6'].flatMap((name) => read(`/proc/net/${name}`).split('\n').slice(1));
  return lines.flatMap((line) => {
    const [, local = '', remote = '', state = '', , , , , , inode] = line.trim().split(/\s+/);
    const port = (address: string) => Number.parseInt(address.split(':')[1] ?? '', 16);
    return inode === undefined ? [] : [{ local: port(local), remote: port(remote), state, inode }];
  });
}

function socketOwners(): Map<string, number[]> {
  const owners = new Map<string, number[]>();
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const file of list(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(link(`/proc/${pid}/fd/${file}`))?.[1];
      if (inode !== undefined) owners.set(inode, [...(owners.get(inode) ?? []), Number(pid)]);
    }
  }
  return owners;
}

function commandOf(pid: number): string {
  return read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

/** What has ended, or is not ours to read, counts as empty. */
function orEmpty<T>(work: () => T, empty: T): T {
  try {
    return work();
  } catch {
    return empty;
  }
}
const read = (path: string) => orEmpty(() => readFileSync(path, 'utf8'), '');
const link = (path: string) => orEmpty(() => readlinkSync(path), '');
const list = (path: string) => orEmpty(() => readdirSync(path), []);
