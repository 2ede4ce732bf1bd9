import { setImmediate } from 'node:timers/promises';
import type { CloseReason } from '@peekaboo/shared/wire';
import { expect, test } from 'vitest';
import { Closings } from '../../apps/signal/src/closings.ts';
import type { View } from '../../apps/signal/src/view.ts';

/** Telling takes so long that many do not fit into one stretch. */
function viewOf(id: string, told: string[]): View {
  const tellClosed = (view: string, reason: CloseReason) => {
    const until = performance.now() + 1;
    while (performance.now() < until);
    told.push(`${view} ${reason}`);
  };
  return { id, guardian: { tellClosed } } as unknown as View;
}

test('everybody is told, in order, and other work has its turn in between', async () => {
  const told: string[] = [];
  const closings = new Closings();
  for (let view = 0; view < 50; view += 1) closings.add(viewOf(`v${view}`, told), 'cut');
  expect(told).toEqual([]);
  let turns = 0;
  while (told.length < 50) {
    await setImmediate();
    turns += 1;
  }
  expect(told).toEqual(Array.from({ length: 50 }, (_, view) => `v${view} cut`));
  expect(turns).toBeGreaterThan(10);
});

test('one who is put out is told before anything else is done: the connection ends next', () => {
  const told: string[] = [];
  new Closings().add(viewOf('v1', told), 'revoked');
  expect(told).toEqual(['v1 revoked']);
});
