import { describe, expect, test } from 'vitest';
import { pictureOf } from '../../../apps/viewer/src/guardian/picture.ts';

describe('what a parent is told of a room that is not theirs', () => {
  const facts = { link: 'connected', view: { ended: { why: 'closed', reason: 'not-admitted' } }, shownBefore: true } as const;
  test('one that was is withdrawn, one that never was is refused', () => {
    expect(pictureOf({ ...facts, room: 'withdrawn' })).toEqual({ kind: 'withdrawn' });
    expect(pictureOf({ ...facts, room: 'absent' })).toEqual({ kind: 'refused', code: 'ROOM_NOT_IN_PASS' });
  });
});

describe('what a parent is told of a picture that has gone', () => {
  const open = { link: 'connected', room: { state: 'open', closesAt: null }, shownBefore: true } as const;
  const view = { motions: [], validUntil: null };
  test('is no promise that it comes back, until it is known why', () => {
    expect(pictureOf({ ...open, view: { ...view, lost: true } })).toEqual({ kind: 'lost' });
    expect(pictureOf({ ...open, view: { ended: { why: 'closed', reason: 'cut' } } })).toEqual({ kind: 'held', since: null });
  });
  test('is why, once signal has said so of the room, whatever has become of the view', () => {
    expect(pictureOf({ ...open, room: { state: 'held', since: 7 }, view: { ...view, lost: true } })).toEqual({ kind: 'held', since: 7 });
  });
});
