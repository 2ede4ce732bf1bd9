import type { SystemProcess } from '../load/system-processes.ts';
import { usageOf } from '../load/usage.ts';

/** Seconds of CPU that a storm took: of the media workers, of the rest of the server, of ffmpeg, and of the viewers themselves. */
export type StormCpu = { worker: number; otherServer: number; camera: number; viewers: number };

/** Lets a storm come, and tells what it took until everybody had a picture, the media of the meantime included. */
export async function measureStormCpu(processes: SystemProcess[], viewers: number[], arrive: () => Promise<void>): Promise<StormCpu> {
  const of = (pids: number[]) => pids.reduce((sum, pid) => sum + (usageOf(pid)?.cpuSeconds ?? 0), 0);
  const pidsOf = (fits: (part: SystemProcess['part']) => boolean) => processes.filter(({ part }) => fits(part)).map(({ pid }) => pid);
  const parts = {
    worker: pidsOf((part) => part === 'worker'),
    otherServer: pidsOf((part) => part !== 'worker' && part !== 'camera'),
    camera: pidsOf((part) => part === 'camera'),
    viewers,
  };
  const read = () => ({ worker: of(parts.worker), otherServer: of(parts.otherServer), camera: of(parts.camera), viewers: of(viewers) });
  const before = read();
  await arrive();
  const after = read();
  const took = (part: keyof StormCpu) => after[part] - before[part];
  return { worker: took('worker'), otherServer: took('otherServer'), camera: took('camera'), viewers: took('viewers') };
}
