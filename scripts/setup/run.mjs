import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';

const TAIL_LINES = 20;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {string} [logFile] everything the command prints is appended here
 * @property {(line: string) => void} [onLine] called with each line it prints
 * @property {number} [timeoutMs]
 */

/**
 * Runs a command without a shell and waits for it.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ok: boolean, tail: string[]}>} the last lines of its output; `ok` is false too when it could not be started
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that stopping it stops the compilers behind make as well.
      detached: true,
    });
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => stop(child), options.timeoutMs);
    running.add(child);
    const log = options.logFile === undefined ? undefined : createWriteStream(options.logFile, { flags: 'a' });
    /** @type {string[]} */
    const tail = [];
    /** @param {string} line */
    const take = (line) => {
      if (line.trim() === '') return;
      tail.push(line);
      if (tail.length > TAIL_LINES) tail.shift();
      options.onLine?.(line);
    };
    for (const stream of [child.stdout, child.stderr]) {
      let rest = '';
      stream.setEncoding('utf8');
      stream.on('data', (/** @type {string} */ text) => {
        log?.write(text);
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(take);
      });
      stream.on('end', () => take(rest));
    }
    /** @param {boolean} ok */
    const finish = (ok) => {
      clearTimeout(timer);
      running.delete(child);
      if (log === undefined) resolve({ ok, tail });
      else log.end(() => resolve({ ok, tail }));
    };
    child.on('error', (error) => {
      take(error.message);
      finish(false);
    });
    child.on('close', (code) => finish(code === 0));
  });
}

/**
 * For commands that answer within milliseconds.
 * @param {string} command
 * @param {readonly string[]} args
 */
export function succeeds(command, args) {
  return spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
}

/**
 * @param {string} command that answers within milliseconds
 * @param {readonly string[]} args
 * @returns {string} what it prints to stdout; nothing if it fails
 */
export function outputOf(command, args) {
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 10_000 });
  return status === 0 ? stdout : '';
}

/** Stops the commands that are still running, so that an interrupted set-up leaves no compiler behind. */
export function stopRunning() {
  for (const child of running) stop(child);
}

/** @param {import('node:child_process').ChildProcess} child */
function stop(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // It has ended meanwhile.
  }
}
