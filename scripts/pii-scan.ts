import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { canCapture } from '../tests/support/capture.ts';
import { audience, IdentityProvider, subject } from '../tests/support/identity-provider.ts';
import { nurseryConfig } from '../tests/support/nursery-config.ts';
import { RedisServer } from '../tests/support/redis-server.ts';
import { RtspCamera } from '../tests/support/rtsp-camera.ts';
import { System } from '../tests/support/system.ts';
import { buildViewer } from './build-viewer.ts';
import { type Canary, type Exhibit, search } from './pii/canaries.ts';
import { liveThroughADay, people } from './pii/day.ts';
import { filesIn, logsOf, processesOf } from './pii/exhibits.ts';
import { Recorder, Tap } from './pii/tap.ts';

/*
 * `npm run pii-scan [-- --families N]`: a day of a nursery, by the real programs over TLS, in which names, e-mail addresses, a camera's login, passes
 * and invites are everywhere; then a search for them in everything that is kept, logged, answered or sent. Once with SQLite,
 * once with Redis. Exit code 1 when anything is found, or when the search does not find what was planted for it.
 */

const { values } = parseArgs({ options: { families: { type: 'string', default: '12' } } });
if (!canCapture()) {
  console.error('peekaboo pii-scan: packets cannot be captured here; it takes tcpdump, and root');
  process.exit(2);
}
await buildViewer();
const camera = { user: 'kanarienkamera', password: 'Zwitscher:piep/piep@42' };
const known: Canary[] = [
  ...people.flatMap(({ name, email }) => [
    { what: 'a name', text: name },
    { what: 'an e-mail address', text: email },
  ]),
  { what: "a camera's user", text: camera.user },
  { what: "a camera's password", text: camera.password },
  { what: 'who somebody is to the identity provider', text: subject },
];
let failed = false;
for (const store of ['SQLite', 'Redis'] as const) await scan(store);
process.exit(failed ? 1 : 0);

async function scan(store: 'SQLite' | 'Redis'): Promise<void> {
  const redis = store === 'Redis' ? await RedisServer.start({ rdbcompression: 'no' }) : undefined; // what is compressed cannot be searched
  const rtsp = await RtspCamera.start({ ...camera, encoding: 'baseline' });
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-scan-'));
  const cameras = [
    { id: 'bluebells-1', room: 'bluebells', kind: 'test-picture' },
    { id: 'sunflowers-1', room: 'sunflowers', kind: 'rtsp', address: rtsp.address, username: camera.user, passwordVariable: 'CAMERA' },
  ];
  const { name, email } = people[0] as (typeof people)[number];
  const provider = await IdentityProvider.start({ name, email, preferred_username: email, peekaboo_rooms: ['bluebells'] });
  const identityProvider = { issuer: provider.url, audience };
  const config = { ...nurseryConfig({ cameras }), securityContact: 'https://example.org/security', identityProvider };
  // The user's name stands in the file that the nursery wrote; that file is no exhibit.
  const system = await System.start({
    tls: true,
    config,
    env: { LOG_LEVEL: 'trace', PEEKABOO_JWKS_URL: provider.jwksUrl },
    sfuEnv: { CAMERA: camera.password },
    ...(redis && { redis }),
  });
  const record = new Recorder();
  const tap = await Tap.start(folder, new URL(system.url).port);
  try {
    const day = await liveThroughADay(system, record, provider, Number(values.families));
    const canaries = [...known, ...day.secrets];
    const collect = () => [
      ...filesIn('data folder', system.dataFolder).filter(({ name }) => !name.endsWith('peekaboo.yaml')),
      ...(redis ? [{ place: 'Redis', name: 'everything in it', bytes: dumpOf(redis) }, ...filesOf(redis)] : []),
      ...logsOf(system),
      ...processesOf(system),
      ...record.exhibits,
    ];
    const planted = await plant(system, redis, collect);
    const exhibits = [...collect(), await tap.stop()];
    report(store, exhibits, canaries, day.asks, planted);
  } finally {
    await system.stop();
    await rtsp.stop();
    await redis?.stop();
    await provider.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the search must find, or it proves nothing: a text of its own, left in each place by the same way as everything else gets there. */
async function plant(
  system: System,
  redis: RedisServer | undefined,
  collect: () => Exhibit[],
): Promise<{ canary: Canary; exhibits: Exhibit[] }> {
  const canary = { what: 'planted', text: `Kuckuck-${Math.random().toString(36).slice(2)}` };
  const { text } = canary;
  const folder = mkdtempSync(join(tmpdir(), 'peekaboo-planted-'));
  appendFileSync(join(system.dataFolder, 'planted'), text);
  if (redis) redisCommand(redis, 'SET', 'planted', text);
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)', text], { env: { PLANTED: text }, stdio: 'ignore' });
  const server = createServer((_, response) => response.end(text)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const recorder = new Recorder();
  const tap = await Tap.start(folder, String((server.address() as { port: number }).port));
  await recorder.fetch(`http://127.0.0.1:${(server.address() as { port: number }).port}/`);
  server.close();
  const output = { signal: { ...plain(system.signal), output: `${system.signal.output}${text}` }, sfu: plain(system.sfu) };
  const exhibits = [
    ...collect(),
    ...logsOf(output as never),
    ...processesOf({ signal: { pid: process.pid }, sfu: { pid: process.pid } } as never),
    ...recorder.exhibits,
    { place: 'socket message', name: 'planted', bytes: Buffer.from(JSON.stringify({ text })) },
    await tap.stop(),
  ];
  child.kill('SIGKILL');
  rmSync(join(system.dataFolder, 'planted'));
  if (redis) redisCommand(redis, 'DEL', 'planted');
  rmSync(folder, { recursive: true });
  return { canary, exhibits };
}

function report(
  store: string,
  exhibits: Exhibit[],
  canaries: Canary[],
  asks: number,
  planted: { canary: Canary; exhibits: Exhibit[] },
): void {
  const found = new Set(search(planted.exhibits, [planted.canary]).map(({ place }) => place));
  const hits = search(exhibits, canaries);
  const places = [...new Set(exhibits.map(({ place }) => place))];
  console.log(
    `\n${store}: ${asks} asks, ${canaries.length} canaries\n\n| place | looked at | bytes | planted | hits |\n|---|---|---|---|---|`,
  );
  for (const place of places) {
    const here = exhibits.filter((exhibit) => exhibit.place === place);
    const bytes = here.reduce((sum, exhibit) => sum + exhibit.bytes.length, 0);
    const count = hits.filter((hit) => hit.place === place).length;
    if (!found.has(place) || bytes === 0 || count > 0) failed = true;
    console.log(`| ${place} | ${here.length} | ${bytes} | ${found.has(place) ? 'found' : 'NOT FOUND'} | ${count} |`);
  }
  for (const { place, name, what, as } of hits) console.log(`HIT: ${what}, ${as}, in ${place}: ${name}`);
  console.log(`\n${hits.length} hits`);
}

function plain({ pid, output }: { pid: number; output: string }): { pid: number; output: string } {
  return { pid, output };
}

/** Every key with its whole value, whatever its type. */
function dumpOf(redis: RedisServer): Buffer {
  const keys = redisCommand(redis, 'KEYS', '*').toString().split('\n').filter(Boolean);
  const values = keys.flatMap((key) => {
    const type = redisCommand(redis, 'TYPE', key).toString().trim();
    const read: Record<string, string[]> = {
      string: ['GET', key],
      hash: ['HGETALL', key],
      set: ['SMEMBERS', key],
      zset: ['ZRANGE', key, '0', '-1'],
      list: ['LRANGE', key, '0', '-1'],
    };
    return [Buffer.from(key), redisCommand(redis, ...(read[type] ?? ['DUMP', key]))];
  });
  return Buffer.concat(values);
}

/** Its append-only files, which hold what was deleted as well, and a snapshot of this moment. */
function filesOf(redis: RedisServer): Exhibit[] {
  redisCommand(redis, 'SAVE');
  return filesIn("Redis' files", redis.folder);
}

function redisCommand(redis: RedisServer, ...words: string[]): Buffer {
  return execFileSync('redis-cli', ['-p', String(redis.port), ...words]);
}
