import { expect, test } from 'vitest';
import { UsedProofs } from '../../../apps/signal/src/identity/used-proofs.ts';

const refusal = (code: string) => expect.objectContaining({ code });

test('a proof counts once, for as long as it could be used again', () => {
  const used = new UsedProofs();
  used.use({ jkt: 'key', jti: 'one' }, 0);
  expect(() => used.use({ jkt: 'key', jti: 'one' }, 120_000)).toThrow(refusal('PROOF_REPLAYED'));
  used.use({ jkt: 'another', jti: 'one' }, 120_000);
  used.use({ jkt: 'key', jti: 'one' }, 121_001); // stale by now, which is found out before
  expect(used.size).toBe(2);
});

test('one key cannot fill the memory, and a full memory refuses instead of forgetting', () => {
  const used = new UsedProofs({ ofOneKey: 3, all: 5 });
  for (const jti of ['1', '2', '3']) used.use({ jkt: 'greedy', jti }, 0);
  expect(() => used.use({ jkt: 'greedy', jti: '4' }, 1)).toThrow(refusal('BUSY'));
  used.use({ jkt: 'a', jti: '1' }, 1);
  used.use({ jkt: 'b', jti: '1' }, 1);
  expect(() => used.use({ jkt: 'c', jti: '1' }, 1)).toThrow(refusal('BUSY'));
  expect(() => used.use({ jkt: 'greedy', jti: '1' }, 1)).toThrow(refusal('PROOF_REPLAYED'));
  used.use({ jkt: 'greedy', jti: '4' }, 130_000);
  expect(used.size).toBe(1);
});
