import { wireError } from '@peekaboo/shared/errors';
import { type Credentials, makeHandshake } from '@peekaboo/shared/proof';
import { namespaces } from '@peekaboo/shared/wire';
import { io, type Socket } from 'socket.io-client';
import { LearntClock } from './learnt-clock.ts';

type Namespace = keyof typeof namespaces;

/** A raw socket on one of the namespaces, for asking what a page would never ask. */
export function connectSocket(
  url: string,
  namespace: Namespace,
  credentials: Credentials,
  extraHeaders = {},
  clock = new LearntClock(),
): Socket {
  const address = `${url}${namespaces[namespace]}`;
  return connectWith(url, namespace, () => makeHandshake(credentials, address, clock.now()), extraHeaders);
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

/** Resolves when this socket, which dates its proofs by this clock, is connected: like a page it asks again once it has learnt what time it is. */
export async function connectedInTime(socket: Socket, clock: LearntClock): Promise<void> {
  await connected(socket).catch((error: Error & { data?: unknown }) => {
    const refusal = wireError.safeParse(error.data).data;
    if (refusal?.code !== 'PROOF_STALE' || refusal.now === undefined) throw error;
    clock.learn(refusal.now);
    return connected(socket.connect());
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
