import type { IncomingMessage } from 'node:http';
import type { Server } from 'socket.io';

/** What may wait for a client that does not read; a page that is hidden or slow never comes near. */
const maxUnread = 500;

/** Ends connections whose client asks, or is told, and does not read; but those of SFUs, which are given many orders at once. */
export function endUnread(engine: Server['engine'], isSfu: (request: IncomingMessage) => boolean): void {
  engine.on('connection', (connection) => {
    let unread = 0;
    connection.on('packetCreate', () => {
      unread += 1;
      if (unread > maxUnread && !isSfu(connection.request)) connection.request.socket.destroy();
    });
    connection.on('flush', () => {
      unread = 0;
    });
  });
}
