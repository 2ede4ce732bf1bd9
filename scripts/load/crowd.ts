import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import type { CrowdNews, CrowdOrder, Family, Protocol } from './crowd-messages.ts';
import { never, orAborted } from './or-aborted.ts';
import { untilReady } from './readiness.ts';
import type { Target } from './target.ts';

const program = fileURLToPath(new URL('crowd-process.ts', import.meta.url));

/** Where families go, and how one speaks there. */
export type CrowdTarget = Pick<Target, 'url' | 'dataFolder' | 'nursery' | 'rooms'> & { protocol: Protocol };

/** Fewer do not keep a process busy. */
const familiesWorthAProcess = 20;

/** The families, in as many processes as there are cores, if they are many. */
export class Crowd {
  readonly #processes: ChildProcess[];

  private constructor(processes: ChildProcess[]) {
    this.#processes = processes;
  }

  /** Starts the processes, and has them make the families' passes. @param signal gives that up. */
  static async start(
    target: CrowdTarget,
    families: Family[],
    onNews: (news: CrowdNews, from: number) => void,
    signal: AbortSignal = never,
  ): Promise<Crowd> {
    const { url, dataFolder, nursery, rooms, protocol } = target;
    const count = Math.min(availableParallelism(), Math.ceil(families.length / familiesWorthAProcess));
    const processes = Array.from({ length: count }, () => fork(program, { detached: true, stdio: ['ignore', 2, 2, 'ipc'] }));
    for (const { pid } of processes) if (pid !== undefined) setNiceness(pid, niceness.stranger);
    const crowd = new Crowd(processes);
    const prepared = processes.map(async (child, index) => {
      const ready = untilReady(child);
      const mine = families.filter((_, family) => family % count === index);
      child.send({ order: 'prepare', protocol, url, dataFolder, nursery, rooms, families: mine } satisfies CrowdOrder);
      await orAborted(ready, signal);
      child.on('message', (news) => onNews(news as CrowdNews, index));
    });
    try {
      await Promise.all(prepared);
    } catch (error) {
      await crowd.stop();
      throw error;
    }
    return crowd;
  }

  get pids(): number[] {
    return this.#processes.map(({ pid }) => pid as number);
  }

  /** @param startAt milliseconds since the Unix epoch. */
  run(startAt: number): void {
    for (const child of this.#processes) child.send({ order: 'run', startAt } satisfies CrowdOrder);
  }

  /** Gives one of the orders that need nothing more. */
  order(order: 'settle' | 'tell-last-packets'): void {
    for (const child of this.#processes) child.send({ order } satisfies CrowdOrder);
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.#processes.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const gone = once(child, 'exit');
        child.send({ order: 'stop' } satisfies CrowdOrder, () => undefined);
        const overdue = setTimeout(() => child.kill('SIGKILL'), 3_000);
        await gone;
        clearTimeout(overdue);
      }),
    );
  }
}
