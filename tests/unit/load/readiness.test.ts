import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { CrowdNews } from '../../../scripts/load/crowd-messages.ts';
import { untilReady } from '../../../scripts/load/readiness.ts';

const sample: CrowdNews = { news: 'sample', watching: 0, at: 1, packets: 0, bytes: 0, lagMs: 0, gapMs: 0 };

test('a crowd is ready when it says so, and not when it tells something else', async () => {
  const child = new EventEmitter();
  let ready = false;
  const waiting = untilReady(child).then(() => (ready = true));
  child.emit('message', sample);
  await new Promise(setImmediate);
  expect(ready).toBe(false);
  child.emit('message', { news: 'ready' } satisfies CrowdNews);
  await waiting;
  expect(child.listenerCount('message') + child.listenerCount('exit')).toBe(0);
});

test('a crowd without passes is refused, however late it says so', async () => {
  const child = new EventEmitter();
  const waiting = untilReady(child);
  child.emit('message', sample);
  child.emit('message', { news: 'not-ready', why: 'INVITE_USED' } satisfies CrowdNews);
  await expect(waiting).rejects.toThrow('the families have no passes: INVITE_USED');
});

test('a crowd that ends before it is ready is refused', async () => {
  const child = new EventEmitter();
  const waiting = untilReady(child);
  child.emit('exit', 1);
  await expect(waiting).rejects.toThrow('a crowd ended');
});
