import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Loaded into the processes of a system that the load tool starts itself (`--import`): on SIGUSR2 signal collects its garbage and writes
 * down how many bytes of its heap are left. Without that, a heap mostly tells how long ago the collector ran.
 */

const { gc } = globalThis as { gc?: () => void };
if (process.argv[1]?.endsWith('signal/src/main.ts') && gc) {
  process.on('SIGUSR2', async () => {
    // Several times: what waits to be finalised, and code that nobody runs any more, survives the first.
    for (let turn = 0; turn < 5; turn += 1) {
      await delay(150);
      gc();
    }
    writeFileSync(join(process.env.PEEKABOO_DATA ?? '.', 'heap-in-use'), `${process.memoryUsage().heapUsed}\n`);
  });
}
