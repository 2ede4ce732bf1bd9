import { type Credentials, makeHandshake } from '@peekaboo/shared/proof';
import { namespaces } from '@peekaboo/shared/wire';
import { io, type Socket } from 'socket.io-client';

type Namespace = keyof typeof namespaces;

/** A raw socket on one of the namespaces, for asking what a page would never ask. */
export function connectSocket(url: string, namespace: Namespace, credentials: Credentials, extraHeaders = {}): Socket {
  const address = `${url}${namespaces[namespace]}`;
  return connectWith(url, namespace, () => makeHandshake(credentials, address, Date.now()), extraHeaders);
}

/** As `connectSocket`, presenting whatever `auth` makes. */
export function connectWith(url: string, namespace: Namespace, auth: () => Promise<object> | object, extraHeaders = {}): Socket {
  return io(`${url}${namespaces[namespace]}`, {
    transports: ['websocket'],
    auth: async (present) => present(await auth()),
    forceNew: true,
    reconnection: false,
    extraHeaders,
  });
}

export function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
    // A refusal closes the connection first and gives its reason in the same turn; without one, the closing is the reason.
    socket.io.once('close', (reason) => setImmediate(() => reject(new Error(`the connection was closed: ${reason}`))));
  });
}
