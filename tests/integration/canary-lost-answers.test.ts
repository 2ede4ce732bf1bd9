import { fileURLToPath } from 'node:url';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { createLogger } from '@peekaboo/shared/log';
import { expect, test, vi } from 'vitest';
import { Canary } from '../../scripts/canary/canary.ts';
import { CanaryMetrics } from '../../scripts/canary/metrics.ts';
import * as staffSide from '../../scripts/canary/staff.ts';
import { StaffPage } from '../support/staff-page.ts';
import { System } from '../support/system.ts';
import { until } from '../support/until.ts';

const preload = fileURLToPath(new URL('../support/start-clock-at.mjs', import.meta.url));

// Everything is asked and carried out; only the last answer of each joining and cutting does not come back.
vi.mock('../../scripts/canary/staff.ts', async (importOriginal) => {
  const real = await importOriginal<typeof staffSide>();
  const order = vi.fn(async (...asked: Parameters<typeof real.order>) => {
    const receipt = await real.order(...asked);
    if (asked[2] === 'cut') throw new Error('operation has timed out');
    return receipt;
  });
  return { ...real, order };
});

test('the canary whose answers are lost sees media all the same, and cuts each room once', async () => {
  const { watch } = HeadlessViewer.prototype;
  const lost = vi.spyOn(HeadlessViewer.prototype, 'watch').mockImplementation(async function (this: HeadlessViewer, room) {
    await watch.call(this, room);
    throw new Error('operation has timed out');
  });
  // Its clock is 30 s behind, so that it takes a pass for good that ran out 10 s ago.
  const system = await System.start({ env: { NODE_OPTIONS: `--import=${preload}`, START_CLOCK_AHEAD_MS: '-30000' } });
  try {
    const { url, env, issuer } = system;
    const log = createLogger('canary', 'silent');
    const results = await new Canary({ url, env, issuer, metrics: new CanaryMetrics(), log }).round(Date.now());
    const letIn = results.filter((result) => result.state === 'let-in');
    expect(letIn.map(({ kind, room }) => [kind, room]).sort()).toEqual([
      ['expired', 'bluebells'],
      ['expired', 'sunflowers'],
    ]);
    for (const { packets } of letIn) expect(packets).toBeGreaterThan(0);
    const staff = await StaffPage.connect(url, await system.pass('staff'));
    await until('staff are told', () => staff.nursery);
    expect(staff.nursery?.holds.map(({ scope }) => (scope.kind === 'room' ? scope.room : '')).sort()).toEqual(['bluebells', 'sunflowers']);
    expect(vi.mocked(staffSide.order)).toHaveBeenCalled();
    staff.close();
  } finally {
    lost.mockRestore();
    await system.stop();
  }
});
