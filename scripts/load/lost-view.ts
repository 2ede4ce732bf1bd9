import type { Socket } from 'socket.io-client';

/**
 * Tells, once, that this viewer's view was lost and why: signal's reason when it says that it closed the view, or `link-lost` when the socket ends though
 * nobody here ended it. A signal that is gone tells nobody anything.
 */
export function onLostView(socket: Pick<Socket, 'on'>, tell: (reason: string) => void): void {
  let told = false;
  const lose = (reason: string) => {
    if (!told) tell(reason);
    told = true;
  };
  socket.on('view.closed', ({ reason }: { reason: string }) => lose(reason));
  socket.on('disconnect', (reason) => {
    if (reason === 'io client disconnect') told = true;
    else lose('link-lost');
  });
}
