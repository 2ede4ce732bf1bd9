import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { afterEach, describe, expect, test } from 'vitest';
import { Capture, canCapture, isMedia } from '../support/capture.ts';
import { nurseryConfig } from '../support/nursery-config.ts';
import { Program } from '../support/program.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System, systemEnv } from '../support/system.ts';
import { until } from '../support/until.ts';

const script = fileURLToPath(new URL('../../scripts/canary.ts', import.meta.url));
const preload = fileURLToPath(new URL('../support/start-clock-at.mjs', import.meta.url));

describe('the canary', () => {
  let system: System;
  let canary: ChildProcess | undefined;

  afterEach(async () => {
    canary?.kill('SIGKILL');
    await system.stop();
  });

  const start = (...words: string[]) => {
    const { dataFolder, url } = system;
    const args = [script, '--url', url, '--data', dataFolder, '--config', `${dataFolder}/peekaboo.yaml`, '--json', ...words];
    const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH }, stdio: ['ignore', 'pipe', 'pipe'] });
    canary = child;
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    return { child, output };
  };

  test('finds a healthy system healthy: each kind is refused for its own reason, in every room', async () => {
    system = await System.start();
    const { child, output } = start('--once');
    expect(await once(child, 'exit'), output.stderr).toEqual([0, null]);
    const { outcome, results } = JSON.parse(output.stdout);
    expect(outcome).toBe('refused');
    const reasons = { revoked: 'PASS_REVOKED', expired: 'PASS_EXPIRED', 'out-of-hours': 'OUTSIDE_HOURS', 'wrong-room': 'ROOM_NOT_IN_PASS' };
    const expected = Object.entries(reasons).flatMap(([kind, code]) =>
      ['sunflowers', 'bluebells'].map((room) => ({ kind, room, state: 'refused', code })),
    );
    expect(results).toHaveLength(expected.length);
    expect(results).toEqual(expect.arrayContaining(expected));
    expect(output.stderr).not.toContain('ALARM');

    expect(await once(start('--once').child, 'exit')).toEqual([0, null]);
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    await until('its guardian was revoked once, not at each start', () => staff.nursery?.revocations === 1);
    staff.close();
  });

  test('tries the hours of rooms as well: of one that is closed by the file, and of one that staff have closed', async () => {
    const never = { weekly: {}, exceptions: [] };
    const closed = (config: { rooms: unknown[] }) => ({
      ...config,
      rooms: [config.rooms[0], { id: 'bluebells', name: 'Bluebells', hours: never }],
    });
    system = await System.start({ config: nurseryConfig() });
    // The file of the canary knows that the room is closed; the signal, whose file is older, lets everybody in.
    const other = `${system.dataFolder}/newer.yaml`;
    writeFileSync(other, JSON.stringify(closed(nurseryConfig())));
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    await staff.setHours('sunflowers', never);
    await new Promise((resolve) => setTimeout(resolve, 16_000)); // what was edited just now is not judged yet
    const { child, output } = start('--once', '--config', other);
    expect(await once(child, 'exit'), output.stderr).toEqual([1, null]);
    const { results } = JSON.parse(output.stdout);
    const ofHours = results.filter(({ kind }: { kind: string }) => kind === 'closed-room' || kind === 'out-of-hours');
    expect(ofHours).toEqual([
      { kind: 'closed-room', room: 'sunflowers', state: 'refused', code: 'OUTSIDE_HOURS' },
      expect.objectContaining({ kind: 'closed-room', room: 'bluebells', state: 'let-in' }),
    ]);
    await until('the room is held', () => staff.nursery?.holds.some(({ scope }) => scope.kind === 'room' && scope.room === 'bluebells'));
    staff.close();
  });

  test.skipIf(!canCapture())('raises the alarm and darkens the rooms when a signal lets in a pass that has expired', async () => {
    // Its clock is 30 s behind, so that it takes a pass for good that ran out 10 s ago.
    system = await System.start({ env: { NODE_OPTIONS: `--import=${preload}`, START_CLOCK_AHEAD_MS: '-30000' } });
    const guardian = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await guardian.watch('sunflowers');
    await guardian.picture();
    const ports = [...new Set([...guardian.offer.matchAll(/ udp \d+ 127\.0\.0\.1 (\d+)/g)].map(([, port]) => Number(port)))];
    const capture = await Capture.start(ports);

    const { child, output } = start('--once');
    expect(await once(child, 'exit'), output.stderr).toEqual([1, null]);
    const endedAt = performance.timeOrigin + performance.now();
    const { outcome, results } = JSON.parse(output.stdout);
    expect(outcome).toBe('alarm');
    const letIn = results.filter(({ state }: { state: string }) => state === 'let-in');
    expect(letIn.map(({ kind }: { kind: string }) => kind)).toEqual(['expired', 'expired']);
    for (const { packets } of letIn) expect(packets).toBeGreaterThan(0);
    expect(output.stderr).toContain('"msg":"ALARM: somebody with a pass that has expired was let into a room');

    await until('the guardian is told', () => guardian.closed.some(({ reason }) => reason === 'cut'));
    const staff = await StaffPage.connect(system.url, await system.pass('staff'));
    const held = () => staff.nursery?.rooms.map(({ state }) => state.state);
    await until('staff see the rooms held', () => held()?.join() === 'held,held');
    await new Promise((resolve) => setTimeout(resolve, 500)); // silence is what is to be seen
    const media = (await capture.stop()).filter(isMedia);
    expect(media.length).toBeGreaterThan(0);
    expect(media.filter(({ at }) => at > endedAt)).toEqual([]);
    guardian.close();
    staff.close();
  });

  test('goes on while signal is away, calls that inconclusive, and finds it again; Prometheus can follow', async () => {
    system = await System.start();
    const port = 20_000 + (process.pid % 10_000);
    const { child, output } = start('--every', '0.2', '--metrics-port', String(port));
    const metric = async (name: string) => {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const values = text.split('\n').filter((line) => line.startsWith(name));
      return values.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    };
    const attempts = (outcome: string) => metric(`peekaboo_canary_attempts_total{kind="expired",outcome="${outcome}"}`);
    await until('attempts are refused', async () => output.stdout !== '' && (await attempts('refused')) > 2);

    system.signal.kill('SIGKILL');
    await until('attempts are inconclusive', async () => (await attempts('inconclusive')) > 0);
    const env = { ...systemEnv(system.dataFolder, nurseryConfig()), PORT: new URL(system.url).port };
    const signal = new Program('apps/signal/src/main.ts', env);
    try {
      await signal.reported('signal listens', (report) => report.port !== undefined);
      const before = await attempts('refused');
      await until('attempts are refused again', async () => (await attempts('refused')) > before);
      await until('it was just now', async () => (await metric('peekaboo_canary_seconds_since_conclusive{kind="expired"}')) < 1);
      expect(await metric('peekaboo_canary_media_packets_total')).toBe(0);
      expect(output.stderr).not.toContain('ALARM');
      child.kill('SIGINT');
      expect(await once(child, 'exit')).toEqual([0, null]);
    } finally {
      await signal.stop();
    }
  });
});
