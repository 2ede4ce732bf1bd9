import { newId } from '@peekaboo/shared/ids';
import { sfuTells } from '@peekaboo/shared/wire';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ClosedViews } from '../../apps/sfu/src/closed-views.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('signal is told of views that closed together in one message, once the media workers have carried it out', async () => {
  const told: { view: string }[][] = [];
  const workers = Promise.withResolvers<void>();
  const closed = new ClosedViews(
    () => workers.promise,
    (views) => told.push(views),
  );
  const views = Array.from({ length: 300 }, () => newId('view'));
  for (const view of views) closed.add(view, 'cut');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told).toEqual([]);
  workers.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(told.map((some) => some.map(({ view }) => view))).toEqual([views]);
});

test('however many close together, each message is one that signal takes', async () => {
  const told: unknown[][] = [];
  const closed = new ClosedViews(
    () => Promise.resolve(),
    (views) => told.push(views),
  );
  for (let view = 0; view < 1_200; view += 1) closed.add(newId('view'), 'lease-lapsed');
  await vi.advanceTimersByTimeAsync(1_000);
  expect(told.flat()).toHaveLength(1_200);
  for (const views of told) {
    expect(sfuTells['views.closed'].safeParse({ views }).success).toBe(true);
    expect(JSON.stringify(views).length).toBeLessThan(60_000);
  }
});
