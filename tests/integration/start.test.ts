import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { openInvite } from '@peekaboo/headless-viewer/invite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nurseryConfig } from '../support/nursery-config.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('npm start', () => {
  let folder: string;
  let started: ChildProcess | undefined;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-start-'));
  });
  afterEach(async () => {
    if (started?.exitCode === null && started.signalCode === null) {
      const gone = once(started, 'exit');
      started.kill('SIGTERM');
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (args: string[], env: NodeJS.ProcessEnv = {}) => {
    const child = spawn('npm', ['start', '--silent', '--', ...args], {
      cwd: root,
      env: { ...process.env, PORT: '0', PEEKABOO_DATA: folder, ...env },
      detached: true,
    });
    started = child;
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    return { child, output };
  };
  const configFile = (config: object) => {
    const path = join(folder, 'nursery.yaml');
    writeFileSync(path, JSON.stringify(config));
    return path;
  };

  test('prints one line of JSON when both cameras are live, its links work, and Ctrl-C leaves no process behind', async () => {
    const startedAt = performance.now();
    const { child, output } = start(['--json']);
    await until('it is ready', () => output.stdout.includes('\n'), 30_000);
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    const ready = JSON.parse(output.stdout);
    expect(ready).toEqual({
      ...{ ready: true, url: expect.any(String), guardian: expect.any(String), staff: expect.any(String) },
      cameras: { 'sunflowers-1': { state: 'live' }, 'bluebells-1': { state: 'live' } },
    });
    expect(ready.staff).toContain('/staff#');

    for (const path of ['/', '/staff', '/healthz', '/readyz', '/metrics', '/.well-known/jwks.json']) {
      expect([path, (await fetch(`${ready.url}${path}`)).status]).toEqual([path, 200]);
    }
    const viewer = await HeadlessViewer.connect(ready.url, await openInvite(ready.guardian));
    for (const room of ['sunflowers', 'bluebells']) {
      await viewer.watch(room);
      await viewer.picture();
    }
    viewer.close();

    const processes = childrenOf(child.pid as number);
    expect(processes.filter(({ command }) => command.includes('ffmpeg'))).toHaveLength(2);
    const gone = once(child, 'exit');
    process.kill(-(child.pid as number), 'SIGINT'); // as a terminal does it: to the whole group
    await gone;
    await until('every process is gone', () => processes.every(({ pid }) => !isAlive(pid)), 8_000);
  });

  test('renews the pass of its SFU, so that nobody who watches notices when it would have ended; its address is where staff-link leads', {
    timeout: 60_000,
  }, async () => {
    const config = configFile({ ...nurseryConfig(), periods: { pass: { sfuValidForMs: 9_000 } } });
    const { output } = start(['--json', '--config', config]);
    await until('it is ready', () => output.stdout.includes('\n'), 30_000);
    const { url, guardian } = JSON.parse(output.stdout);
    const viewer = await HeadlessViewer.connect(url, await openInvite(guardian));
    await viewer.watch('sunflowers');
    await viewer.picture();
    viewer.longestGapMs = 0;
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    expect(viewer.closed).toEqual([]);
    expect(viewer.longestGapMs).toBeLessThan(1_000);
    viewer.close();
    const link = spawnSync(process.execPath, [`${root}scripts/staff-link.ts`, '--config', config], {
      env: { ...process.env, PORT: '0', PEEKABOO_DATA: folder },
      encoding: 'utf8',
    });
    expect(link.stdout).toContain(`${url}/staff#invite=`);
  });

  test('is ready when a camera is offline, and says which and why', async () => {
    const cameras = [
      { id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture' },
      { id: 'gate', room: 'bluebells', kind: 'rtsp', address: 'rtsp://127.0.0.1:9/nothing' },
    ];
    const { output } = start(['--json', '--config', configFile(nurseryConfig({ cameras }))]);
    await until('it is ready', () => output.stdout.includes('\n'), 30_000);
    const { ready, guardian, cameras: states } = JSON.parse(output.stdout);
    expect(ready).toBe(true);
    expect(states).toEqual({ 'sunflowers-1': { state: 'live' }, gate: { state: 'offline', detail: expect.stringMatching(/\w/) } });
    expect(JSON.stringify(states)).not.toContain('127.0.0.1');
    expect(guardian).toContain('#invite=');
  });

  test('when it is killed outright, nothing it started lives on', async () => {
    const { child, output } = start(['--json']);
    await until('it is ready', () => output.stdout.includes('\n'), 30_000);
    const processes = childrenOf(child.pid as number);
    for (const { pid, command } of processes) if (command.includes('scripts/start.ts')) process.kill(pid, 'SIGKILL');
    await until('every process is gone', () => processes.every(({ pid }) => !isAlive(pid)), 8_000);
  });

  test('when the SFU is killed outright, no ffmpeg keeps the camera, and a new SFU takes over', async () => {
    const { child, output } = start(['--json']);
    await until('it is ready', () => output.stdout.includes('\n'), 30_000);
    const sfu = () => childrenOf(child.pid as number).find(({ command }) => command.includes('apps/sfu/src/main.ts'));
    const first = sfu()?.pid as number;
    const below = childrenOf(first);
    expect(below.length).toBeGreaterThan(3);
    process.kill(first, 'SIGKILL');
    await until('its children are gone', () => below.every(({ pid }) => !isAlive(pid)));
    await until('another is there', () => sfu() !== undefined && sfu()?.pid !== first);
  });

  const refusals: { mistake: string; config?: object; args?: string[]; env?: NodeJS.ProcessEnv; says: RegExp }[] = [
    { mistake: 'an unknown option', args: ['--jsno'], says: /jsno.*Usage: npm start/ },
    { mistake: 'a file that is not there', args: ['--config', '/nowhere/nursery.yaml'], says: /\/nowhere\/nursery\.yaml: cannot be read/ },
    { mistake: 'a misspelt key', config: { ...nurseryConfig(), romos: [] }, says: /nursery\.yaml:1: unknown key "romos"/ },
    { mistake: 'a time zone that does not exist', config: nurseryConfig({ timeZone: 'Europe/Londno' }), says: /Europe\/Londno/ },
    {
      mistake: 'an address of Redis that is none',
      env: { REDIS_URL: 'secret@localhost:6379' },
      says: /REDIS_URL is not understood; (?!.*secret)/,
    },
    { mistake: 'a port that is no port', env: { PORT: 'eighty' }, says: /PORT is "eighty"/ },
    {
      mistake: 'an address beyond this machine and no TLS',
      env: { HOST: '0.0.0.0' },
      says: /HOST is 0\.0\.0\.0.*set "tls" in .*"trustProxy"/,
    },
    {
      mistake: 'hours that overlap',
      config: nurseryConfig({
        rooms: [{ id: 'sunflowers', name: 'S', hours: { weekly: { mon: ['08:00-12:00', '11:00-18:00'] } } }],
        cameras: [{ id: 'sunflowers-1', room: 'sunflowers', kind: 'test-picture' }],
      }),
      says: /hours of room "sunflowers": mon: 08:00-12:00 and 11:00-18:00 overlap/,
    },
    {
      mistake: 'a line break in a password',
      config: nurseryConfig({
        cameras: [{ id: 'gate', room: 'sunflowers', kind: 'rtsp', address: 'rtsp://127.0.0.1/x', passwordVariable: 'GATE_PASSWORD' }],
      }),
      env: { GATE_PASSWORD: 'secret\nfile:/etc/passwd' },
      says: /GATE_PASSWORD: (?!.*secret).*holds a line break/,
    },
    {
      mistake: 'a certificate that is not there',
      config: { ...nurseryConfig(), tls: { certificate: 'none.pem', key: 'none.pem' } },
      says: /none\.pem: cannot be read \(ENOENT\); "tls" names it/,
    },
    {
      mistake: 'a camera whose password variable is not set',
      config: nurseryConfig({
        cameras: [{ id: 'gate', room: 'sunflowers', kind: 'rtsp', address: 'rtsp://127.0.0.1/x', passwordVariable: 'GATE_PASSWORD' }],
      }),
      says: /camera "gate".*GATE_PASSWORD, which is not set/,
    },
  ];
  test.for(refusals)('with $mistake says so in one line and ends with code 2', async ({ config, args = [], env = {}, says }) => {
    const { child, output } = start([...args, ...(config ? ['--config', configFile(config)] : [])], env);
    const [code] = await once(child, 'exit');
    expect(output.stderr).toMatch(says);
    expect(output.stderr.trim().split('\n')).toHaveLength(1);
    expect(output.stdout).toBe('');
    expect(code).toBe(2);
  });

  test('with a taken port says so in one line and ends with code 2', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { child, output } = start([], { PORT: String(port) });
    const [code] = await once(child, 'exit');
    server.close();
    expect(output.stderr.trim().split('\n')).toHaveLength(1);
    expect(output.stderr).toMatch(new RegExp(`port ${port} is taken`));
    expect(code).toBe(2);
  });
});
