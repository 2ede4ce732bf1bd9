import { setImmediate } from 'node:timers/promises';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { CloseReason } from '@peekaboo/shared/wire';
import { expect, test } from 'vitest';
import type { SfuLink } from '../../apps/signal/src/sfu-link.ts';
import type { View } from '../../apps/signal/src/view.ts';
import { Views, type ViewsOptions } from '../../apps/signal/src/views.ts';

test.for<[string, 'HELD' | undefined, CloseReason]>([
  ['lost, when nothing else was', undefined, 'link-lost'],
  ['cut, when its SFU is lost in the moment of a cut', 'HELD', 'cut'],
])('a view is %s: on the page as in the ledger', async ([, refusal, reason]) => {
  const recorded: CloseReason[] = [];
  const told: CloseReason[] = [];
  const views = new Views({
    permission: { of: () => (refusal ? { ok: false, error: new PeekabooError(refusal) } : { ok: true }) },
    record: { closed: (_: View, why: CloseReason) => recorded.push(why) },
    clock: { now: () => 0 },
    log: { info: () => undefined },
    onChange: () => undefined,
  } as unknown as ViewsOptions);
  const sfu = {} as SfuLink;
  const guardian = { tellClosed: (_: string, why: CloseReason) => told.push(why) };
  views.add({ id: 'view-1', sfu, guardian, subject: { room: 'sun' }, state: 'connected', since: 0 } as unknown as View);
  views.closeAllOn(sfu);
  await setImmediate();
  await setImmediate();
  expect({ recorded, told }).toEqual({ recorded: [reason], told: [reason] });
});
