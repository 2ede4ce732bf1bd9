import { expect, test } from 'vitest';
import { UsedProofs } from '../../../apps/signal/src/identity/used-proofs.ts';

const refusal = (code: string) => expect.objectContaining({ code });

test('a proof counts once, for as long as it could be used again', () => {
  const used = new UsedProofs();
  used.use({ jkt: 'key', jti: 'one' }, 'guardian', 0);
  expect(() => used.use({ jkt: 'key', jti: 'one' }, 'guardian', 120_000)).toThrow(refusal('PROOF_REPLAYED'));
  used.use({ jkt: 'another', jti: 'one' }, 'guardian', 120_000);
  used.use({ jkt: 'key', jti: 'one' }, 'guardian', 121_001); // stale by now, which is found out before
  expect(used.size).toBe(2);
});

test('one key cannot fill the memory, and a full memory refuses instead of forgetting', () => {
  const used = new UsedProofs({ ofOneKey: 3, ofGuardians: 5, ofStrangers: 1, ofStaffAndSfus: 2 });
  for (const jti of ['1', '2', '3']) used.use({ jkt: 'greedy', jti }, 'guardian', 0);
  expect(() => used.use({ jkt: 'greedy', jti: '4' }, 'guardian', 1)).toThrow(refusal('BUSY'));
  used.use({ jkt: 'a', jti: '1' }, 'guardian', 1);
  used.use({ jkt: 'b', jti: '1' }, 'guardian', 1);
  expect(() => used.use({ jkt: 'c', jti: '1' }, 'guardian', 1)).toThrow(refusal('BUSY'));
  expect(() => used.use({ jkt: 'greedy', jti: '1' }, 'guardian', 1)).toThrow(refusal('PROOF_REPLAYED'));
  used.use({ jkt: 'greedy', jti: '4' }, 'guardian', 130_000);
  expect(used.size).toBe(1);
});

test('guardians who join forces, or strangers, keep neither staff nor SFUs out', () => {
  const used = new UsedProofs();
  const fill = (by: 'guardian' | 'stranger', keys: number) => {
    for (let key = 0; key < keys; key += 1)
      for (let jti = 0; jti < 1_000; jti += 1) used.use({ jkt: `${by}-${key}`, jti: `${jti}` }, by, 0);
    expect(() => used.use({ jkt: 'one more', jti: '1' }, by, 1)).toThrow(refusal('BUSY'));
  };
  fill('guardian', 70);
  fill('stranger', 20);
  used.use({ jkt: 'director', jti: '1' }, 'staff', 1);
  used.use({ jkt: 'sfu-1', jti: '1' }, 'sfu', 1);
  used.use({ jkt: 'one more', jti: '1' }, 'guardian', 130_000);
  expect(used.size).toBe(1);
});
