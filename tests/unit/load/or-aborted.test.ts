import { describe, expect, test } from 'vitest';
import { orAborted } from '../../../scripts/load/or-aborted.ts';

describe('what may be interrupted', () => {
  test('comes to what it comes to, and leaves no listener', async () => {
    const interrupted = new AbortController();
    await expect(orAborted(Promise.resolve(7), interrupted.signal)).resolves.toBe(7);
    await expect(orAborted(Promise.reject(new Error('BUSY')), interrupted.signal)).rejects.toThrow('BUSY');
    interrupted.abort(new Error('nobody hears this'));
  });

  test('is not waited for any more once it is', async () => {
    const interrupted = new AbortController();
    const waiting = orAborted(new Promise(() => undefined), interrupted.signal);
    interrupted.abort(new Error('interrupted'));
    await expect(waiting).rejects.toThrow('interrupted');
    await expect(orAborted(Promise.reject(new Error('later')), interrupted.signal)).rejects.toThrow('interrupted');
  });
});
