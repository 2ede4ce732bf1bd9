import { uptime } from 'node:os';
import { createInterface } from 'node:readline';
import { guardLooksEveryMs } from '@peekaboo/shared/darkness';
import { z } from 'zod';

/*
 * The guard: a process of its own, started by the SFU (guard.ts). Media workers end when their Node process dies, but not when
 * it freezes: then they would go on forwarding for as long as nobody tells them otherwise. The guard hears a beat from the SFU
 * several times a second, and kills the workers when it has not for too long.
 */

const order = z.union([
  /**
   * Sent when the machine had been up for so many seconds, which its processes agree on. It counts while the machine sleeps, as a
   * monotonic clock does not: whoever wakes up has been silent all the while.
   */
  z.strictObject({ beat: z.number().positive() }),
  z.strictObject({ workers: z.array(z.int().positive()) }),
]);

const silenceMs = Number(process.argv[2]);
let lastBeat = uptime();
let workers: number[] = [];

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined); // it ends with the SFU, not before
process.stdout.on('error', () => undefined); // nobody listens any more; the end of the input tells

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const parsed = order.parse(JSON.parse(line));
  if ('workers' in parsed) {
    workers = parsed.workers;
  } else {
    endSilence(parsed.beat);
    lastBeat = parsed.beat;
    process.stdout.write('.');
  }
});
input.on('close', () => {
  killWorkers();
  process.exit(0);
});
setInterval(look, guardLooksEveryMs(silenceMs));
process.stdout.write('.');

/** Looks only after whatever waits in the pipe was read: should this process have been held up itself, the beats are there. */
function look(): void {
  setImmediate(() =>
    setImmediate(() => {
      endSilence(uptime());
    }),
  );
}

/** Kills the workers if there was no beat for too long before `now`. */
function endSilence(now: number): void {
  if ((now - lastBeat) * 1_000 <= silenceMs || workers.length === 0) return;
  killWorkers();
  process.stdout.write('!'); // so that the SFU, when it is back, knows who it was
}

function killWorkers(): void {
  for (const pid of workers) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it is gone already
    }
  }
  workers = [];
}
