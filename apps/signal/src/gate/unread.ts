import type { Socket as NetSocket } from 'node:net';
import type { Server, Socket } from 'socket.io';

type Connection = Socket['conn'];

/** What may wait for a client that does not read; a page that is hidden or slow never comes near. */
const maxUnread = 500;

/** Ends connections whose client asks, or is told, and does not read; but those of SFUs, which are given many orders at once. */
export function endUnread(engine: Server['engine'], isSfu: (connection: Connection) => boolean): void {
  // Two functions for all connections, told by `this` which of them it is: there is one for every family.
  const waiting = new WeakMap<Connection, { unread: number; readonly socket: NetSocket }>();
  function created(this: Connection): void {
    const of = waiting.get(this);
    if (!of) return;
    of.unread += 1;
    if (of.unread > maxUnread && !isSfu(this)) of.socket.destroy();
  }
  function flushed(this: Connection): void {
    const of = waiting.get(this);
    if (of) of.unread = 0;
  }
  engine.on('connection', (connection: Connection) => {
    waiting.set(connection, { unread: 0, socket: connection.request.socket });
    connection.on('packetCreate', created);
    connection.on('flush', flushed);
  });
}
