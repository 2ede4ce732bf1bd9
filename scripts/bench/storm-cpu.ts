import type { SystemProcess } from '../load/system-processes.ts';
import { usageOf } from '../load/usage.ts';

/** Seconds of CPU that a storm took: of the media workers, of the rest of the server, of ffmpeg, and of the viewers themselves. */
export type StormCpu = { worker: number; otherServer: number; camera: number; viewers: number };

/** Lets a storm come, and tells what it took until everybody had a picture, the media of the meantime included. */
export async function measureStormCpu(processes: SystemProcess[], viewers: number[], arrive: () => Promise<void>): Promise<StormCpu> {
  const before = usedBy(processes, viewers);
  await arrive();
  const after = usedBy(processes, viewers);
  const took = (part: keyof StormCpu) => after[part] - before[part];
  return { worker: took('worker'), otherServer: took('otherServer'), camera: took('camera'), viewers: took('viewers') };
}

function usedBy(processes: SystemProcess[], viewers: number[]): StormCpu {
  const used: StormCpu = { worker: 0, otherServer: 0, camera: 0, viewers: 0 };
  const add = (part: keyof StormCpu, pid: number) => {
    used[part] += usageOf(pid)?.cpuSeconds ?? 0;
  };
  for (const { pid, part } of processes) add(part === 'worker' || part === 'camera' ? part : 'otherServer', pid);
  for (const pid of viewers) add('viewers', pid);
  return used;
}
