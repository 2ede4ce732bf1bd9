import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { StartError } from '@peekaboo/shared/errors';
import { loadSignalConfig } from '../../apps/signal/src/config.ts';

const start = fileURLToPath(new URL('../start.ts', import.meta.url));

/** The system under load. The key that signs its passes lies in its data folder. */
export type Target = { url: string; nursery: string; rooms: string[]; dataFolder: string; stop: () => Promise<void> };

/** One that runs already, on this machine. @throws StartError when its configuration or its key cannot be read. */
export function useRunning({ url, config, data }: { url: string; config: string; data: string }): Target {
  const { nursery, rooms } = loadSignalConfig({ PEEKABOO_CONFIG: resolve(config) });
  const dataFolder = resolve(data);
  if (!existsSync(join(dataFolder, 'issuer.jwk'))) throw new StartError(`${dataFolder}: there is no key of an issuer here`);
  return { url, nursery: nursery.id, rooms: [...rooms.keys()], dataFolder, stop: async () => undefined };
}

/** Starts one with so many rooms, each with a test picture, by `npm start`'s own script; it ends with `stop`. */
export async function startOwn(roomCount: number): Promise<Target> {
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-load-'));
  const rooms = Array.from({ length: roomCount }, (_, index) => `room-${index + 1}`);
  const config = join(folder, 'peekaboo.yaml');
  writeFileSync(config, JSON.stringify(configOf(rooms)));
  const env = { LOG_LEVEL: 'error', ...process.env, PORT: '0', PEEKABOO_DATA: folder };
  const child = spawn(process.execPath, [start, '--config', config, '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = async () => {
    await end(child);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const { url } = await ready(child);
    return { url, nursery: 'load', rooms, dataFolder: folder, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function configOf(rooms: string[]) {
  const weekly = Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, ['00:00-24:00']]));
  return {
    nursery: { id: 'load', name: 'Load', timeZone: 'Etc/UTC' },
    rooms: rooms.map((id) => ({ id, name: id, hours: { weekly } })),
    sfu: { id: 'sfu-1', listenAddresses: ['127.0.0.1'] },
    cameras: rooms.map((room) => ({ id: `${room}-camera`, room, kind: 'test-picture' })),
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
