import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartError } from '@peekaboo/shared/errors';
import { loadSignalConfig, type SignalConfig } from '../../apps/signal/src/config.ts';
import { atExit } from './at-exit.ts';
import { collectable, heapInUse } from './heap.ts';
import { never, orAborted } from './or-aborted.ts';
import { portOf } from './port-of.ts';
import { requireSameIssuer } from './same-issuer.ts';
import { makeScratchFolder } from './scratch-folder.ts';
import { requireThisMachine } from './this-machine.ts';

const start = fileURLToPath(new URL('../start.ts', import.meta.url));

/** The system under load. The key that signs its passes lies in its data folder. */
export type Target = {
  url: string;
  nursery: string;
  rooms: string[];
  dataFolder: string;
  /** As its signal reads it. */
  config: SignalConfig;
  /** Bytes of live objects in the heap of signal, or of the SFU, after a garbage collection; only a system of our own can be asked for one. */
  heapInUse?: (part?: 'signal' | 'sfu') => Promise<number>;
  stop: () => Promise<void>;
};

/** One that runs already, on this machine. @throws StartError when it is elsewhere, or its configuration or its key cannot be read. @throws RunError when it is not there. */
export async function useRunning(running: { url: string; config: string; data: string }): Promise<Target> {
  await requireThisMachine(running.url);
  const url = running.url.replace(/\/$/, '');
  const dataFolder = resolve(running.data);
  const config = loadSignalConfig({ ...process.env, PEEKABOO_CONFIG: resolve(running.config), PEEKABOO_DATA: dataFolder });
  const { nursery, rooms } = config;
  await requireSameIssuer(url, dataFolder);
  return { url, nursery: nursery.id, rooms: [...rooms.keys()], dataFolder, config, stop: async () => undefined };
}

/**
 * Starts one with so many rooms, each with a test picture, by `npm start`'s own script; it ends with `stop`, or with this process.
 * @param kbps of each picture. @param changes to what its configuration says otherwise. @param more for its environment. @param signal gives up starting.
 */
export async function startOwn(
  roomCount: number,
  {
    kbps,
    changes,
    more,
    signal = never,
  }: { kbps?: number | undefined; changes?: object; more?: NodeJS.ProcessEnv; signal?: AbortSignal } = {},
): Promise<Target> {
  const { path: folder, remove } = makeScratchFolder('peekaboo-load-');
  const rooms = Array.from({ length: roomCount }, (_, index) => `room-${index + 1}`);
  const file = join(folder, 'peekaboo.yaml');
  writeFileSync(file, JSON.stringify({ ...configOf(rooms, kbps), ...changes }));
  const config = loadSignalConfig({ PEEKABOO_CONFIG: file, PEEKABOO_DATA: folder });
  // Its own store, whatever the environment says: a cut of this nursery is not to outlive it in somebody's Redis.
  const env = { LOG_LEVEL: 'error', ...process.env, ...collectable, PORT: '0', PEEKABOO_DATA: folder, REDIS_URL: undefined, ...more };
  // The channel ends with this process, however that ends, and the system with the channel; and not by Ctrl-C before a cut of it is lifted.
  const child = spawn(process.execPath, [start, '--config', file, '--json'], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  // Before its folder goes, lest it makes another one.
  const forgetChild = atExit(() => child.kill('SIGKILL'));
  const stop = async () => {
    await end(child);
    forgetChild();
    remove();
  };
  try {
    const { url } = await orAborted(ready(child), signal);
    const port = portOf(url);
    return { url, nursery: 'load', rooms, dataFolder: folder, config, heapInUse: (part) => heapInUse(port, folder, part), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configOf(rooms: string[], kbps: number | undefined) {
  const weekly = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']]));
  return {
    nursery: { id: 'load', name: 'Load', timeZone: 'Etc/UTC' },
    rooms: rooms.map((id) => ({ id, name: id, hours: { weekly } })),
    sfu: { id: 'sfu-1', listenAddresses: ['127.0.0.1'] },
    cameras: rooms.map((room) => ({ id: `${room}-camera`, room, kind: 'test-picture', kbps })),
  };
}

async function ready(child: ChildProcess): Promise<{ url: string }> {
  const refused = once(child, 'exit').then(() => {
    throw new StartError('the system did not start; its own words are above');
  });
  const [line] = await Promise.race([once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line'), refused]);
  return JSON.parse(line);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
