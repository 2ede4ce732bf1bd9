import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startOwn } from '../../scripts/load/target.ts';
import { canCapture } from '../support/capture.ts';
import { childrenOf, isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';

/** The keys of the report, as docs/performance.md has them. */
function documentedKeys(): string[] {
  const page = readFileSync(new URL('../../docs/performance.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('### The keys of the report');
  const cells = table.split('\n').flatMap((line) => /^\| (`.+?) \| /.exec(line)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Za-z]+)[^`]*`/g)].map(([, key = '']) => key)).sort();
}

const script = fileURLToPath(new URL('../../scripts/load.ts', import.meta.url));

describe('the load tool', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'peekaboo-load-test-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const load = async (...words: string[]) => {
    const child = spawn(process.execPath, [script, '--json', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    const [code] = await once(child, 'close');
    return { code, ...output };
  };

  test('brings 60 families in, cuts them, and says what it saw', async () => {
    const bounds = ['joins.failed==0', 'lost.views==0', 'cut.viewers==60', 'cut.stillReceiving==0', 'cut.maxMs<=100', 'guard.kills==0'];
    const asserted = bounds.flatMap((bound) => ['--assert', bound]);
    const run = ['--families', '60', '--ramp', '3s', '--hold', '4s', '--cut', '--report', folder];
    const { code, stdout, stderr } = await load(...run, ...asserted);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(Object.keys(report).sort()).toEqual(documentedKeys().filter((key) => key !== 'browsers'));
    expect(report).toEqual(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
    expect(report).toMatchObject({
      joins: { attempted: 60, succeeded: 60, failed: 0 },
      cut: { confirmed: true, measuredBy: canCapture() ? 'packet capture' : 'viewer clocks' },
    });
    for (const { p50, p99 } of [report.joinMs, report.firstFrameMs]) expect(p50 > 0 && p50 <= p99).toBe(true);
    if (canCapture()) expect(report.cut.packetsBefore).toBeGreaterThan(60 * 5);
    const { sfu, signal, cameras, generator, gaps } = report;
    expect(gaps.maxMs).toBeGreaterThan(1_000 / 15 - 20); // between two frames, if nothing else
    expect(signal.heapPerSocketKb).toBeGreaterThan(2);
    expect(signal.heapPerSocketKb).toBeLessThan(60); // measured at all: with so few families the figure itself says little
    expect(sfu.packetsPerSecond).toBeGreaterThan(60 * 15); // 15 frames a second, each at least one packet
    for (const used of [sfu, signal, cameras, generator]) expect(used.cores).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('60 families');
  });

  test('has Chromium render beside them, all of them by invite', async () => {
    const asserted = ['joins.failed==0', 'browsers.viewers==1', 'browsers.failed==0', 'browsers.frames>=15'].flatMap((bound) => [
      '--assert',
      bound,
    ]);
    const { code, stdout, stderr } = await load(
      '--families',
      '4',
      '--browsers',
      '1',
      '--invite',
      '--ramp',
      '1s',
      '--hold',
      '3s',
      '--cut',
      ...asserted,
    );
    expect(code, stderr).toBe(0);
    const { browsers, cut, joins } = JSON.parse(stdout);
    expect([joins.succeeded, cut.viewers]).toEqual([4, 5]);
    expect(browsers.firstFrameMs.p50).toBeGreaterThan(0);
    expect(browsers.framesPerSecond).toBeGreaterThan(3);
    expect(browsers.lastFrameMs).toBeLessThan(2_000);
  });

  test('leaves nothing running when it is killed, interrupted, or its terminal closed, and no folder with a key unless it is killed', {
    timeout: 120_000,
  }, async () => {
    const endBy = async (signal: NodeJS.Signals) => {
      const scratch = mkdtempSync(join(folder, 'scratch-'));
      const child = spawn(process.execPath, [script, '--families', '2', '--browsers', '1', '--ramp', '100ms', '--cut'], {
        ...{ stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, TMPDIR: scratch } },
      });
      const ended = once(child, 'exit');
      let progress = '';
      child.stderr.on('data', (chunk) => (progress += chunk));
      await until('families watch', () => / hold /.test(progress), 40_000);
      const running = childrenOf(child.pid as number);
      const commands = running.map(({ command }) => command).join('\n');
      for (const part of ['signal/src/main.ts', 'mediasoup-worker', 'crowd-process', 'chromium', 'ffmpeg'])
        expect(commands).toContain(part);
      child.kill(signal);
      const left = () => running.filter(({ pid }) => isAlive(pid));
      await until('all are gone', () => left().length === 0, 15_000).catch(() => undefined);
      const names = left().map(({ command }) => command);
      for (const { pid } of left()) process.kill(pid, 'SIGKILL');
      await ended;
      const folders = readdirSync(scratch).filter((name) => name.startsWith('peekaboo-load-'));
      return signal === 'SIGKILL' ? names : [...names, ...folders];
    };
    const left = await Promise.all((['SIGKILL', 'SIGINT', 'SIGHUP'] as const).map(endBy));
    expect(left).toEqual([[], [], []]);
  });

  test('lifts its cut of a running system when it is interrupted', async () => {
    const system = await startOwn(1);
    try {
      const place = ['--url', system.url, '--config', system.config.path, '--data', system.dataFolder];
      const words = ['--families', '2', '--ramp', '100ms', '--hold', '1s', '--cut', ...place];
      const child = spawn(process.execPath, [script, ...words], { stdio: 'ignore' });
      const ended = once(child, 'close');
      const ledger = () => readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
      await until('the nursery is cut', () => ledger().includes('"kind":"cut.confirmed"'), 40_000);
      child.kill('SIGINT');
      expect((await ended)[0]).toBe(130);
      expect(ledger()).toContain('"kind":"lifted"');
    } finally {
      await system.stop();
    }
  });

  test('ends with code 1 when an assertion fails, and names it', async () => {
    const { code, stderr } = await load('--families', '2', '--ramp', '100ms', '--hold', '2s', '--assert', 'joins.succeeded>=3');
    expect(code).toBe(1);
    expect(stderr).toContain('FAILED joins.succeeded>=3: it is 2');
  });

  test.for([
    [['--families', 'many'], /--families many/],
    [['--hold', '10'], /--hold 10: write a time/],
    [['--assert', 'fast'], /--assert fast: write it as/],
    [['--url', 'http://127.0.0.1:1'], /--url needs --config and --data/],
    [['--assert', 'joins.foo==0'], /there is no figure "joins.foo"/],
    [['--report', '/proc/none/of/it'], /--report \/proc\/none\/of\/it: cannot be written to/],
    [['--url', 'http://192.0.2.1', '--config', 'examples/peekaboo.yaml', '--data', 'data'], /192\.0\.2\.1 is not this machine/],
    [['--browsers', 'some'], /--browsers some: write a whole number from 0 on/],
  ] as const)('does not understand %j, and says so', async ([words, says]) => {
    const { code, stderr } = await load(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
