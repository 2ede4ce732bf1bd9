import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * Loaded into the processes of a system that the load tool starts itself (`--import`): on SIGUSR2 signal, or the SFU, collects its garbage and
 * writes down how many bytes of its heap are left. Without that, a heap mostly tells how long ago the collector ran.
 */

const { gc } = globalThis as { gc?: (options?: object) => void };
if (/\b(signal|sfu)\/src\/main\.ts$/.test(process.argv[1] ?? '') && gc) {
  process.on('SIGUSR2', async () => {
    // Several times: what waits to be finalised, and code that nobody runs any more, survives the first.
    for (let turn = 0; turn < 5; turn += 1) {
      await delay(150);
      gc();
    }
    // As when memory is short, what is free is given back as well, and code is let go of: not for counting what a family costs.
    if (process.env.PEEKABOO_GIVE_BACK) gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const file = join(process.env.PEEKABOO_DATA ?? '.', `heap-in-use-${process.pid}`);
    writeFileSync(`${file}.part`, `${process.memoryUsage().heapUsed}\n`);
    renameSync(`${file}.part`, file); // it is read as soon as it is there
  });
}
