import type { Server as HttpServer, IncomingMessage } from 'node:http';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass, Role } from '@peekaboo/shared/pass';
import { namespaces } from '@peekaboo/shared/wire';
import { Server, type Socket } from 'socket.io';
import type { Gate } from './gate/gate.ts';
import { endUnread } from './gate/unread.ts';
import { boundedWebSockets } from './gate/web-sockets.ts';
import type { Door, Holder } from './identity/door.ts';

const maxMessageBytes = 64 * 1024;
/** The longest delay that setTimeout can express. */
const longestTimerMs = 2 ** 31 - 1;

export type Sockets = {
  /** Ends every connection whose pass has been revoked since it was made, or runs out earlier by now. */
  review(): void;
  close(): Promise<void>;
};

export type SocketHandlers = Record<keyof typeof namespaces, { roles: Role[]; serve: (socket: Socket, holder: Holder) => void }>;

/** Opens the Socket.IO server: each namespace admits only sockets that present a pass with a role that fits, and prove that it is theirs. */
export function openSockets(options: {
  httpServer: HttpServer;
  gate: Gate;
  door: Door;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pass) => boolean | undefined;
  clock: Clock;
  log: Logger;
  handlers: SocketHandlers;
}): Sockets {
  const { httpServer, gate, door, revoked, clock, log, handlers } = options;
  const { limits } = gate;
  const webSockets = boundedWebSockets(limits.config.messagesOfConnectionPerSecond);
  /** For each connection that has not signed in: how to say that it did, or is gone. */
  const strangers = new WeakMap<IncomingMessage, () => void>();
  const server = new Server(httpServer, {
    transports: ['websocket'],
    serveClient: false,
    perMessageDeflate: false,
    maxHttpBufferSize: maxMessageBytes,
    pingInterval: 5_000,
    pingTimeout: 5_000,
    connectTimeout: 10_000,
    wsEngine: webSockets.Engine,
    allowRequest: (request, decide) => void mayUpgrade(request).then((may) => decide(null, may)),
  });
  const sfus = new WeakSet<IncomingMessage>();
  endUnread(server.engine, (request) => sfus.has(request));
  server.of('/').use((_, next) => next(new Error('there is no such namespace'))); // open to everybody, were it not for this

  // Engine.IO lets whoever names the session of an open connection take its place, past allowRequest and the handshake.
  server.engine.use((request: IncomingMessage, _: unknown, next: (error?: Error) => void) => {
    const namesSession = new URL(request.url ?? '', 'http://signal').searchParams.has('sid');
    next(namesSession ? new Error('a connection is never resumed') : undefined);
  });
  for (const [name, { roles, serve }] of Object.entries(handlers)) {
    const namespace = server.of(namespaces[name as keyof typeof namespaces]);
    namespace.use(async (socket, next) => {
      try {
        socket.data.holder = await admitSocket(socket, roles);
        next();
      } catch (error) {
        const refusal = error instanceof PeekabooError ? error : new PeekabooError('INTERNAL');
        log.info({ namespace: name, code: refusal.code }, 'connection refused');
        if (refusal.code !== 'BUSY') limits.refused(gate.addressOf(socket.request)); // neighbours do not answer for one who is busy
        next(Object.assign(new Error(refusal.code), { data: refusal.toWire() }));
        setImmediate(() => socket.conn.close()); // once that has left: one connection, one try
      }
    });
    namespace.on('connection', (socket) => {
      const holder = socket.data.holder as Holder;
      endWithPass(socket, holder);
      serve(socket, holder);
    });
  }
  return {
    review() {
      for (const name of Object.values(namespaces))
        for (const socket of server.of(name).sockets.values()) {
          if (revoked((socket.data.holder as Holder).pass)) socket.disconnect(true);
          else socket.data.lookAtPass?.();
        }
    },
    close: () => server.close(),
  };

  async function mayUpgrade(request: IncomingMessage): Promise<boolean> {
    if (!(await gate.mayUpgrade(request))) return false;
    const address = gate.addressOf(request);
    const noStranger = limits.receive(address, () => request.socket.destroy());
    strangers.set(request, noStranger);
    request.socket.once('close', noStranger);
    await limits.turnOf(address);
    return !request.socket.destroyed;
  }

  async function admitSocket({ handshake, nsp, conn, request }: Socket, roles: Role[]): Promise<Holder> {
    const holder = await door.admit({ auth: handshake.auth, path: nsp.name, host: gate.hostOf(request), roles });
    const { pass } = holder;
    const leave = await limits.maySignIn(pass.sub);
    if (!leave) throw door.busy(holder);
    if (conn.readyState === 'open') conn.once('close', leave);
    else leave();
    strangers.get(request)?.();
    if (pass.role === 'sfu') {
      sfus.add(request);
      webSockets.unbind(request);
    }
    return holder;
  }

  /** A page that stays open learns nothing more once its pass has run out. Its views have ended on their own a moment before. */
  function endWithPass(socket: Socket, holder: Holder): void {
    const leftMs = () => holder.pass.exp * 1_000 - clock.now() + 500;
    const wait = (): NodeJS.Timeout => setTimeout(look, Math.min(leftMs(), longestTimerMs));
    const look = () => {
      clearTimeout(timer);
      if (leftMs() > 0)
        timer = wait(); // it was renewed, or staff have moved its end
      else socket.disconnect(true);
    };
    let timer = wait();
    socket.data.lookAtPass = look;
    socket.once('disconnect', () => clearTimeout(timer));
  }
}
