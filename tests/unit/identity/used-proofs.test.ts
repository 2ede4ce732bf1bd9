import { expect, test } from 'vitest';
import { UsedProofs, type UsedProofsOptions } from '../../../apps/signal/src/identity/used-proofs.ts';

const refusal = (code: string) => expect.objectContaining({ code });

/** The memory of a process that has been up for long, at a time of the test's own. */
function memory(bounds?: UsedProofsOptions['bounds'], since = -1_000_000) {
  const time = { now: 1_700_000_000_000, monotonic: 0 };
  const used = new UsedProofs({ clock: { now: () => time.now, monotonic: () => time.monotonic }, since, ...(bounds && { bounds }) });
  const pass = (ms: number) => {
    time.now += ms;
    time.monotonic += ms;
  };
  const use = (jkt: string, jti: string, by: 'guardian' | 'staff' | 'sfu' = 'guardian', madeAt = time.now) =>
    used.use({ jkt, jti, madeAt }, by);
  return { used, use, pass, time };
}

test('a proof counts once, for as long as it could be used again', () => {
  const { used, use, pass } = memory();
  use('key', 'one');
  pass(120_000);
  expect(() => use('key', 'one')).toThrow(refusal('PROOF_REPLAYED'));
  use('another', 'one');
  pass(1_001);
  use('key', 'one'); // stale by now, which is found out before
  expect(used.size).toBe(2);
});

test('one key cannot fill the memory, and a full memory refuses instead of forgetting', () => {
  const { used, use, pass } = memory({ ofOneKey: 3, ofGuardians: 5, ofStaffAndSfus: 2 });
  for (const jti of ['1', '2', '3']) use('greedy', jti);
  pass(1);
  expect(() => use('greedy', '4')).toThrow(refusal('BUSY'));
  use('a', '1');
  use('b', '1');
  expect(() => use('c', '1')).toThrow(refusal('BUSY'));
  expect(() => use('greedy', '1')).toThrow(refusal('PROOF_REPLAYED'));
  pass(130_000);
  use('greedy', '4');
  expect(used.size).toBe(1);
});

test('guardians who join forces keep neither staff nor SFUs out', () => {
  const { used, use, pass } = memory();
  for (let key = 0; key < 70; key += 1) for (let jti = 0; jti < 1_000; jti += 1) use(`guardian-${key}`, `${jti}`);
  expect(() => use('one more', '1')).toThrow(refusal('BUSY'));
  use('director', '1', 'staff');
  use('sfu-1', '1', 'sfu');
  pass(130_000);
  use('one more', '1');
  expect(used.size).toBe(1);
});

test('a proof from before the start is stale, since the run before may have seen it; by its age, whatever becomes of the clock', () => {
  const { use, pass, time } = memory(undefined, 0);
  pass(5_000);
  const [now, startedAt] = [time.now, time.now - 5_000];
  expect(() => use('key', 'before', 'staff', startedAt - 1)).toThrow(refusal('PROOF_STALE'));
  expect(() => use('key', 'before', 'staff', startedAt - 1)).toThrow(expect.objectContaining({ facts: { now } }));
  use('key', 'since', 'staff', startedAt);
  time.now -= 3_600_000;
  use('key', 'the clock was set back', 'staff', time.now - 100);
});
