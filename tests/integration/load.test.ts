import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { canCapture } from '../support/capture.ts';

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
    const { code, stdout, stderr } = await load(
      '--families',
      '60',
      '--ramp',
      '3s',
      '--hold',
      '4s',
      '--cut',
      '--report',
      folder,
      ...asserted,
    );
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toEqual(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')));
    expect(report).toMatchObject({
      joins: { attempted: 60, succeeded: 60, failed: 0 },
      cut: { confirmed: true, measuredBy: canCapture() ? 'packet capture' : 'viewer clocks' },
    });
    for (const { p50, p99 } of [report.joinMs, report.firstFrameMs]) expect(p50 > 0 && p50 <= p99).toBe(true);
    if (canCapture()) expect(report.cut.packetsBefore).toBeGreaterThan(60 * 5);
    const { sfu, signal, cameras, generator } = report;
    expect(sfu.packetsPerSecond).toBeGreaterThan(60 * 15); // 15 frames a second, each at least one packet
    for (const used of [sfu, signal, cameras, generator]) expect(used.cores).toBeGreaterThan(0);
    expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('60 families');
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
  ] as const)('does not understand %j, and says so', async ([words, says]) => {
    const { code, stderr } = await load(...words);
    expect(code).toBe(2);
    expect(stderr).toMatch(says);
  });
});
