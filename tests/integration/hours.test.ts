import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import type { Hours } from '@peekaboo/shared/hours';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { alwaysOpen, nurseryConfig } from '../support/nursery-config.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const preload = fileURLToPath(new URL('../support/start-clock-at.mjs', import.meta.url));
const never: Hours = { weekly: {}, exceptions: [] };
const always: Hours = { ...alwaysOpen, exceptions: [] };
/** Open every day until this instant, which is a whole minute, on the clock of UTC. */
const openUntil = (instant: number): Hours => {
  const time = new Date(instant).toISOString().slice(11, 16);
  const windows = time === '00:00' ? ['00:00-24:00'] : [`00:00-${time}`];
  return { weekly: Object.fromEntries(Object.keys(alwaysOpen.weekly).map((day) => [day, windows])), exceptions: [] };
};

describe('hours edited while guardians watch', () => {
  let system: System;
  let staff: StaffPage;
  let viewer: HeadlessViewer;
  let other: HeadlessViewer;

  const watching = async (room: string) => {
    const one = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await one.watch(room);
    await one.picture();
    return one;
  };
  const hoursOf = (room: string) => staff.hours?.rooms.find(({ id }) => id === room);

  // The system's clock is set, by half a minute at the most, so that a minute strikes 22 s from here.
  let endsAt: number;
  let aheadMs: number;
  const theirClock = () => Date.now() + aheadMs;
  const untilTheir = (instant: number) => new Promise((resolve) => setTimeout(resolve, instant - theirClock()));

  beforeEach(async () => {
    const now = Date.now();
    endsAt = Math.round((now + 22_000) / 60_000) * 60_000;
    aheadMs = endsAt - 22_000 - now;
    const env = { NODE_OPTIONS: `--import=${preload}`, START_CLOCK_AHEAD_MS: String(aheadMs) };
    system = await System.start({ config: nurseryConfig({ timeZone: 'UTC' }), env });
    staff = await StaffPage.connect(system.url, await system.pass('staff', { sub: 'director' }));
    [viewer, other] = await Promise.all([watching('sunflowers'), watching('bluebells')]);
  });
  afterEach(async () => {
    for (const each of [viewer, other, staff]) each.close();
    await system.stop();
  });

  test('to end now: those who watch the room are closed at once, the other room notices nothing', async () => {
    await staff.setHours('sunflowers', never);
    await until('the guardian is told', () => viewer.closed[0]?.reason === 'expired');
    await until('the room is shown as closed', () => viewer.stateOf('sunflowers') === 'closed');
    const { packets } = viewer;
    await other.picture();
    expect(viewer.packets).toBe(packets);
    expect(other.closed).toEqual([]);
    await expect(viewer.watch('sunflowers')).rejects.toMatchObject({ code: 'OUTSIDE_HOURS' });
    expect(hoursOf('sunflowers')).toMatchObject({ hours: never, from: { source: 'staff', by: 'director' } });
    expect(hoursOf('bluebells')).toMatchObject({ from: { source: 'file' } });

    await staff.setHours('sunflowers', null);
    await until('the room is shown as open', () => viewer.stateOf('sunflowers') === 'open');
    await viewer.watch('sunflowers');
    await viewer.picture();
    expect(hoursOf('sunflowers')).toMatchObject({ from: { source: 'file' } });
    const ledger = readFileSync(join(system.dataFolder, 'ledger.jsonl'), 'utf8');
    expect(ledger.match(/"kind":"hours.changed"/g)).toHaveLength(2);
    expect(ledger).toMatch(/"actor":"director".*"hours":null.*"kind":"hours.changed".*"room":"sunflowers"/);
  });

  test('to end sooner: the view ends on the new time even if signal is frozen from then on', async () => {
    await staff.setHours('sunflowers', openUntil(endsAt));
    await until('the guardian is told', () => viewer.validUntil === endsAt);
    expect(viewer.closed).toEqual([]);
    await viewer.picture();
    await untilTheir(endsAt - 500);
    // Frozen for less than a lease: what ends the picture is the SFU's own timer.
    system.signal.kill('SIGSTOP');
    await untilTheir(endsAt + 300);
    const { packets, lastPacketAt } = viewer;
    const last = performance.timeOrigin + lastPacketAt + aheadMs - endsAt;
    system.signal.kill('SIGCONT');
    console.log(`the last packet came ${last.toFixed(0)} ms after the new end`);
    expect(last).toBeGreaterThan(-400); // it had flowed until then
    expect(last).toBeLessThan(250);
    await until('the guardian is told', () => viewer.closed[0]?.reason === 'expired');
    await other.picture();
    expect(viewer.packets).toBe(packets);
  });

  test('to end later: the view goes on past its first end', async () => {
    await staff.setHours('sunflowers', openUntil(endsAt));
    await until('the view ends then', () => viewer.validUntil === endsAt);
    await staff.setHours('sunflowers', always);
    await until('it ends later', () => (viewer.validUntil ?? 0) > endsAt + 60_000);
    await untilTheir(endsAt + 1_000);
    await viewer.picture();
    expect(viewer.closed).toEqual([]);
  });

  test('outlive a restart of everything', async () => {
    await staff.setHours('sunflowers', never);
    await Promise.all([system.signal.stop(), system.sfu.stop()]);
    system = await System.start({ dataFolder: system.dataFolder, config: nurseryConfig({ timeZone: 'UTC' }) });
    const again = await HeadlessViewer.connect(system.url, await system.pass('guardian'));
    await expect(again.watch('sunflowers')).rejects.toMatchObject({ code: 'OUTSIDE_HOURS' });
    await again.watch('bluebells');
    again.close();
  });

  test('are refused with a sentence when they cannot be kept, and nothing changes', async () => {
    const twice = {
      ...always,
      exceptions: [
        { date: '2026-12-25', windows: [] },
        { date: '2026-12-25', windows: [] },
      ],
    };
    await expect(staff.setHours('sunflowers', twice)).rejects.toMatchObject({
      code: 'HOURS_INVALID',
      facts: { fields: ['exception 2026-12-25: is listed twice; put all its windows in one exception'] },
    });
    await expect(staff.setHours('no-such-room', always)).rejects.toMatchObject({ code: 'BAD_MESSAGE' });
    expect(hoursOf('sunflowers')?.from).toEqual({ source: 'file' });
    await viewer.picture();
  });
});
