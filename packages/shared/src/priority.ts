import { readFileSync, writeFileSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';

/**
 * How much of the processors a process gets where they are short: as `nice` has it, from -20 (first) to 19 (last). It holds for what the process starts
 * afterwards as well.
 */
export const niceness = {
  /** Leases, cuts, the beats of the guard: what is late there is dark. */
  timely: -10,
  /** Packets may wait while a cut is read. */
  media: -5,
  /** What only stands for people elsewhere, with processors of their own. */
  stranger: 10,
};

/** That of a camera's ffmpeg: a picture may stutter, so it comes after whoever starts it, `own`; but not after what else runs on the machine, if that can be helped. */
export function cameraNiceness(own = getPriority()): number {
  return Math.max(0, own + 5);
}

/** Sets it, for this process or one that it has started. Returns whether it is so now: below 0 it takes root or CAP_SYS_NICE. */
export function setNiceness(pid: number, value: number): boolean {
  try {
    setPriority(pid, value);
    // Linux may share processors out to sessions first (sched(7), autogroup). Others' sessions, such as that of a shell, are left alone.
    if (leadsItsSession(pid)) writeFileSync(`/proc/${pid}/autogroup`, String(value));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'; // it has ended, or there are no such groups here
  }
}

function leadsItsSession(pid: number): boolean {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8'); // proc(5): the session is the fourth field after the name, which is in brackets
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]) === pid;
}
