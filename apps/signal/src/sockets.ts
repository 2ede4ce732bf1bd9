import type { Server as HttpServer } from 'node:http';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass, Role } from '@peekaboo/shared/pass';
import { namespaces } from '@peekaboo/shared/wire';
import { Server, type Socket } from 'socket.io';
import type { Door, Holder } from './identity/door.ts';

const maxMessageBytes = 64 * 1024;
/** How many connections one guardian, staff member or SFU may have: a few devices, a few tabs. */
const maxSocketsOfOne = 20;
/** The longest delay that setTimeout can express. */
const longestTimerMs = 2 ** 31 - 1;

export type Sockets = {
  /** Ends every connection whose pass has been revoked since it was made. */
  endRevoked(): void;
  close(): Promise<void>;
};

export type SocketHandlers = Record<keyof typeof namespaces, { roles: Role[]; serve: (socket: Socket, holder: Holder) => void }>;

/** Opens the Socket.IO server: each namespace admits only sockets that present a pass with a role that fits, and prove that it is theirs. */
export function openSockets(options: {
  httpServer: HttpServer;
  door: Door;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pass) => boolean | undefined;
  clock: Clock;
  log: Logger;
  handlers: SocketHandlers;
}): Sockets {
  const { httpServer, door, revoked, clock, log, handlers } = options;
  const server = new Server(httpServer, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: maxMessageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    connectTimeout: 10_000,
    // A page of another site must not use this one's socket (RFC 6455 section 10.2); programs send no Origin.
    allowRequest: ({ headers: { origin, host } }, decide) => decide(null, origin === undefined || hostOf(origin) === host),
  });

  const socketsOf = new Map<string, number>();
  for (const [name, { roles, serve }] of Object.entries(handlers)) {
    const namespace = server.of(namespaces[name as keyof typeof namespaces]);
    namespace.use(async (socket, next) => {
      try {
        socket.data.holder = await admitSocket(socket, roles);
        next();
      } catch (error) {
        const refusal = error instanceof PeekabooError ? error : new PeekabooError('INTERNAL');
        log.info({ namespace: name, code: refusal.code }, 'connection refused');
        next(Object.assign(new Error(refusal.code), { data: refusal.toWire() }));
      }
    });
    namespace.on('connection', (socket) => {
      const holder = socket.data.holder as Holder;
      endWithPass(socket, holder.pass);
      serve(socket, holder);
    });
  }
  return {
    endRevoked() {
      for (const name of Object.values(namespaces))
        for (const socket of server.of(name).sockets.values()) if (revoked((socket.data.holder as Holder).pass)) socket.disconnect(true);
    },
    close: () => server.close(),
  };

  async function admitSocket(socket: Socket, roles: Role[]): Promise<Holder> {
    const { auth, headers } = socket.handshake;
    const holder = await door.admit({ auth, path: socket.nsp.name, host: headers.host, roles });
    const { pass } = holder;
    const open = socketsOf.get(pass.sub) ?? 0;
    if (open >= maxSocketsOfOne) throw new PeekabooError('BUSY');
    socketsOf.set(pass.sub, open + 1);
    socket.conn.once('close', () => {
      const left = (socketsOf.get(pass.sub) ?? 1) - 1;
      if (left > 0) socketsOf.set(pass.sub, left);
      else socketsOf.delete(pass.sub);
    });
    return holder;
  }

  /** A page that stays open learns nothing more once its pass has run out. Its views have ended on their own a moment before. */
  function endWithPass(socket: Socket, pass: Pass): void {
    const timer = setTimeout(() => socket.disconnect(true), Math.min(pass.exp * 1_000 - clock.now() + 500, longestTimerMs));
    socket.once('disconnect', () => clearTimeout(timer));
  }
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
