import { EventEmitter } from 'node:events';
import type { Socket } from 'socket.io-client';
import { describe, expect, test } from 'vitest';
import { onLostView } from '../../../scripts/load/lost-view.ts';

/** What is told of a viewer to whose socket this happens. */
function toldOf(...happening: [event: string, value: unknown][]): string[] {
  const socket = new EventEmitter();
  const told: string[] = [];
  onLostView(socket as unknown as Socket, (reason) => told.push(reason));
  for (const [event, value] of happening) socket.emit(event, value);
  return told;
}

describe('a view is lost', () => {
  test('when signal says that it closed it, with its reason, and once', () => {
    expect(toldOf(['view.closed', { view: 'view-1', reason: 'worker-died' }], ['view.closed', { view: 'view-1', reason: 'cut' }])).toEqual([
      'worker-died',
    ]);
    expect(toldOf(['view.closed', { view: 'view-1', reason: 'cut' }], ['disconnect', 'transport close'])).toEqual(['cut']);
  });

  test('when the connection ends, though the viewer did not end it', () => {
    for (const reason of ['transport close', 'ping timeout', 'io server disconnect'])
      expect(toldOf(['disconnect', reason])).toEqual(['link-lost']);
  });

  test('and not when the viewer leaves', () => {
    expect(toldOf(['disconnect', 'io client disconnect'], ['view.closed', { view: 'view-1', reason: 'left' }])).toEqual([]);
  });
});
