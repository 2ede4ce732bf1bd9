import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const restartAfterMs = 1_000;
const stopWithinMs = 6_000;

export type Program = {
  name: string;
  /** Path of its main module, from the root of the repository. */
  main: string;
  env: () => NodeJS.ProcessEnv;
  onReport: (report: unknown) => void;
  /** It refused to start, and has said why. */
  onRefused: (exitCode: number) => void;
};

/** Keeps one program running: starts it again when it ends by itself, until `stop`. */
export class Supervised {
  readonly #program: Program;
  #child: ChildProcess;
  #stopping = false;
  /** Once it was up, a refusal to start again is a passing trouble, such as a port that is not free yet. */
  #wasUp = false;

  constructor(program: Program) {
    this.#program = program;
    this.#child = this.#start();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), stopWithinMs);
    this.#child.kill('SIGTERM');
    await gone;
    clearTimeout(overdue);
  }

  #start(): ChildProcess {
    const { name, main, env, onReport, onRefused } = this.#program;
    // Its own process group, so that Ctrl-C reaches this program alone, which then stops the others in order. Its standard
    // output goes to standard error: standard output belongs to what the person asked for.
    const path = fileURLToPath(new URL(`../${main}`, import.meta.url));
    const child = spawn(process.execPath, [path], { env: env(), detached: true, stdio: ['ignore', 2, 2, 'ipc'] });
    child.on('message', (report) => {
      this.#wasUp = true;
      onReport(report);
    });
    child.on('exit', (code, signal) => {
      if (this.#stopping) return;
      if (code === 2 && !this.#wasUp) return onRefused(code);
      console.error(`peekaboo: ${name} ended unexpectedly (${signal ?? `exit code ${code}`}); starting it again`);
      setTimeout(() => {
        if (!this.#stopping) this.#child = this.#start();
      }, restartAfterMs);
    });
    return child;
  }
}
