import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** A real process of the product, its reports and what it wrote. */
export class Program {
  readonly child: ChildProcess;
  report: Record<string, unknown> = {};
  output = '';

  /** @param namespace the network namespace in which it runs, if not in ours. */
  constructor(main: string, env: NodeJS.ProcessEnv, namespace?: string) {
    const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace];
    const [command = '', ...args] = [...inside, process.execPath, `${root}${main}`];
    this.child = spawn(command, args, { env, cwd: root, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    this.child.on('message', (report) => {
      this.report = report as Record<string, unknown>;
    });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', (chunk) => (this.output += chunk));
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process did not start');
    return this.child.pid;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Waits for a report that fits. Fails at once, with its output, when the process ends before. */
  reported(what: string, fits: (report: Record<string, unknown>) => boolean, withinMs = 30_000): Promise<unknown> {
    return until(
      what,
      () => {
        if (this.ended) throw new Error(`ended before ${what}:\n${this.output}`);
        return fits(this.report);
      },
      withinMs,
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Stops it. Fails when it logged a field that is not on the list. */
  async stop(): Promise<void> {
    if (!this.ended) await this.#end();
    const unlisted = this.output.split('\n').find((line) => line.includes('[not listed in'));
    if (unlisted) throw new Error(`it logged a field that loggable.ts does not list: ${unlisted}`);
  }

  async #end(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    const overdue = setTimeout(() => this.child.kill('SIGKILL'), 8_000);
    await gone;
    clearTimeout(overdue);
  }
}
