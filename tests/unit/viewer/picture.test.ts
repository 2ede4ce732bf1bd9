import { describe, expect, test } from 'vitest';
import { pictureOf } from '../../../apps/viewer/src/guardian/picture.ts';

describe('what a parent is told of a room that is not theirs', () => {
  const facts = { link: 'connected', view: { ended: { why: 'closed', reason: 'not-admitted' } }, shownBefore: true } as const;
  test('one that was is withdrawn, one that never was is refused', () => {
    expect(pictureOf({ ...facts, room: 'withdrawn' })).toEqual({ kind: 'withdrawn' });
    expect(pictureOf({ ...facts, room: 'absent' })).toEqual({ kind: 'refused', code: 'ROOM_NOT_IN_PASS' });
  });
});
