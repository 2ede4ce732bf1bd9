import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { uptime } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { StartError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';

type GuardProcess = ChildProcessByStdio<Writable, Readable, null>;

/** A guard that does not answer beats for this long guards nothing; it is replaced. */
const guardSilentMs = 2_000;
const startWithinMs = 10_000;

/**
 * Keeps the guard process, and the workers under its eyes. No worker lives without a guard: when the guard ends, every worker
 * is killed, and none starts before there is a new one.
 */
export class Guard {
  readonly #periods: Periods['guard'];
  readonly #log: Logger;
  readonly #onChange: () => void;
  readonly #workers = new Set<number>();
  #process: Promise<GuardProcess> | undefined;
  #beat: NodeJS.Timeout | undefined;
  #isOnDuty = false;
  #lastAnswer = 0;
  #closed = false;

  /** `beatEveryMs`: how often the guard hears of us; `silenceMs`: after how long without it kills the workers. */
  constructor(periods: Periods['guard'], log: Logger, onChange: () => void) {
    this.#periods = periods;
    this.#log = log;
    this.#onChange = onChange;
  }

  get onDuty(): boolean {
    return this.#isOnDuty;
  }

  /** Resolves when a guard is on duty. @throws StartError when it cannot be started. */
  async start(): Promise<void> {
    await this.#onDuty();
  }

  /** Puts a worker under guard. Resolves when the guard knows of it. */
  async watch(pid: number): Promise<void> {
    this.#workers.add(pid);
    this.#tellWorkers(await this.#onDuty());
  }

  /** This worker is gone; its process id may soon be another's. */
  forget(pid: number): void {
    this.#workers.delete(pid);
    void this.#process?.then((guard) => this.#tellWorkers(guard)).catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#beat);
    void this.#process?.then((guard) => guard.stdin.end()).catch(() => undefined);
  }

  #onDuty(): Promise<GuardProcess> {
    this.#process ??= this.#begin().catch((error) => {
      this.#process = undefined;
      throw error;
    });
    return this.#process;
  }

  async #begin(): Promise<GuardProcess> {
    const path = fileURLToPath(new URL('guard-process.ts', import.meta.url));
    const guard = spawn(process.execPath, ['--max-old-space-size=32', path, String(this.#periods.silenceMs)], {
      env: {},
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const refuse = () => {
      throw new StartError('the guard process does not start; no picture is shown without it');
    };
    const ended = once(guard, 'exit').then(refuse, refuse);
    if (guard.pid === undefined) return ended; // where no more files can be opened it has no pipes either
    guard.stdin.on('error', () => undefined); // it ended; its exit tells
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new StartError('the guard process does not answer; no picture is shown without it')), startWithinMs).unref();
    });
    await Promise.race([once(guard.stdout, 'data'), ended, late]).catch((error) => {
      guard.kill('SIGKILL');
      throw error;
    });
    ended.catch(() => this.#ended());

    this.#lastAnswer = performance.now();
    guard.stdout.on('data', (answers: Buffer) => {
      this.#lastAnswer = performance.now();
      if (answers.includes('!')) this.#log.error('this process was silent for too long: the guard killed the media workers');
    });
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.#beatOnce(guard), this.#periods.beatEveryMs);
    this.#beatOnce(guard);
    this.#isOnDuty = true;
    this.#onChange();
    return guard;
  }

  #beatOnce(guard: GuardProcess): void {
    guard.stdin.write(`{"beat":${uptime()}}\n`);
    const silentMs = performance.now() - this.#lastAnswer;
    if (silentMs > guardSilentMs) setImmediate(() => this.#replaceIfSilent(guard)); // its answers may only wait to be read
  }

  #replaceIfSilent(guard: GuardProcess): void {
    if (performance.now() - this.#lastAnswer > guardSilentMs) guard.kill('SIGKILL');
  }

  #ended(): void {
    clearInterval(this.#beat);
    this.#process = undefined;
    this.#isOnDuty = false;
    if (this.#closed) return;
    this.#onChange();
    this.#log.error({ workers: this.#workers.size }, 'the guard ended; the media workers are stopped until there is a new one');
    for (const pid of this.#workers) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // it is gone already
      }
    }
    this.#workers.clear();
  }

  #tellWorkers(guard: GuardProcess): void {
    guard.stdin.write(`${JSON.stringify({ workers: [...this.#workers] })}\n`);
  }
}
