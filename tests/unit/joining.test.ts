import { PeekabooError } from '@peekaboo/shared/errors';
import type { CloseReason } from '@peekaboo/shared/wire';
import { expect, test } from 'vitest';
import { Joining, type JoiningOptions } from '../../apps/signal/src/joining.ts';
import type { Guardian } from '../../apps/signal/src/view.ts';
import { Views, type ViewsOptions } from '../../apps/signal/src/views.ts';

const answer = { sdp: 'an answer', proof: 'a proof' };

/** One guardian who was offered a view, and what the ledger is told of it; each proof waits until the test says what it is worth. */
async function offered() {
  const told: string[] = [];
  const ordered: string[] = [];
  const proofs: PromiseWithResolvers<string>[] = [];
  const record = {
    possible: true,
    admitted: async () => void told.push('admitted'),
    opened: () => told.push('opened'),
    closed: (_: unknown, reason: CloseReason) => told.push(`closed: ${reason}`),
    notingRefusal: (_pass: unknown, _room: unknown, work: () => unknown) => work(),
  };
  const permission = { of: () => ({ ok: true, validUntil: 1e15 }), require: () => ({ validUntil: 1e15 }) };
  const sfu = {
    id: 'sfu-1',
    order: async (name: string) => {
      ordered.push(name);
      return { offer: 'an offer', iceServers: [] };
    },
  };
  const clock = { now: () => 0 };
  const shared = { record, permission, clock };
  const views = new Views({ ...shared, log: { info: () => undefined }, onChange: () => undefined } as unknown as ViewsOptions);
  const joining = new Joining({ ...shared, views, sfuLinks: { forRoom: () => sfu } } as unknown as JoiningOptions);
  const guardian = {
    pass: { sub: 'g_1', jti: 'p_1', nursery: 'willow-house' },
    proveAnswer: () => {
      const proof = Promise.withResolvers<string>();
      proofs.push(proof);
      return proof.promise;
    },
    tellClosed: () => undefined,
    tellLimit: () => undefined,
  } as unknown as Guardian;
  const { view } = await joining.open(guardian, 'sun');
  const send = () => joining.answer(guardian, { view, ...answer }).catch((error: PeekabooError) => error.code);
  return { told, ordered, proofs, views, joining, guardian, view, sfu, send };
}

test('an answer that is proven after the browser has left is none: the ledger has no view that never ends', async () => {
  const { told, proofs, joining, guardian, view, send } = await offered();
  const sent = send();
  await joining.leave(guardian, view);
  proofs[0]?.resolve('a fingerprint');
  expect(await sent).toBe('VIEW_UNKNOWN');
  expect(told).toEqual([]);
});

test('a second answer neither ends a picture nor takes it out of the ledger', async () => {
  const { told, ordered, proofs, views, view, sfu, send } = await offered();
  const [first, second] = [send(), send()];
  proofs[0]?.resolve('a fingerprint');
  await first;
  views.connected(sfu as never, view);
  proofs[1]?.reject(new PeekabooError('ANSWER_UNUSABLE'));
  expect(await second).toBe('ANSWER_UNUSABLE');
  expect(await send()).toBe('ALREADY_ANSWERED');
  expect(told).toEqual(['admitted', 'opened']);
  expect(ordered).toEqual(['view.open', 'view.answer']);
});

test('an answer that is not proven ends what it was for', async () => {
  const { told, ordered, proofs, send } = await offered();
  const sent = send();
  proofs[0]?.reject(new PeekabooError('ANSWER_UNUSABLE'));
  expect(await sent).toBe('ANSWER_UNUSABLE');
  expect(told).toEqual([]);
  expect(ordered).toEqual(['view.open', 'view.close']);
});
