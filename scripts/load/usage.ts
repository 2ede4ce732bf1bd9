import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What a process has used so far: seconds of CPU, all its threads together, and the memory that is in RAM now. */
export type Usage = { cpuSeconds: number; rssMb: number };

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const pageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));

/** From /proc (proc_pid_stat(5), proc_pid_statm(5)). Undefined when it has ended. */
export function usageOf(pid: number): Usage | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const pages = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1];
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, rssMb: (Number(pages) * pageBytes) / 1e6 };
  } catch {
    return undefined;
  }
}

/** How long this machine's cores have been idle, and how long they have been there, in seconds, all cores together (proc_stat(5)). */
export function machineTimes(): { idle: number; total: number } {
  const times = /^cpu +(.*)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]?.split(' ').map(Number) ?? [];
  const [, , , idle = 0, waiting = 0] = times;
  const total = times.slice(0, 8).reduce((sum, each) => sum + each, 0);
  return { idle: (idle + waiting) / ticksPerSecond, total: total / ticksPerSecond };
}
