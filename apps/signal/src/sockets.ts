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
const reviewEveryMs = 1_000;
/** A page's views end on their own a moment before it does. */
const pageOutlivesPassMs = 500;
/** Pages hear of views that are over in turns, and are given this long to. */
const toldWithinMs = 250;

export type Sockets = {
  /** Ends every connection whose pass has been revoked since it was made. Views are reviewed first, so that their viewers hear why. */
  review(): void;
  close(): Promise<void>;
};

type Connection = Socket['conn'];
/** What is kept of the request that a connection began with. `unbind` takes the bound on its messages off. */
type Arrival = { address: string; host: string | undefined; signedIn?: (() => void) | undefined; unbind?: (() => void) | undefined };

export type SocketHandlers = Record<keyof typeof namespaces, { roles: Role[]; serve: (socket: Socket, holder: Holder) => void }>;

/** The request, and the pass and the proof that it came with, are 5 kB for every family; nothing asks for them once they have been read. */
function letGoOfRequest(socket: Socket): void {
  Object.assign(socket.conn, { request: undefined });
  Object.assign(socket, { handshake: undefined });
}

/** Opens the Socket.IO server: each namespace admits only sockets that present a pass with a role that fits, and prove that it is theirs. */
export function openSockets(options: {
  httpServer: HttpServer;
  gate: Gate;
  door: Door;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pass) => boolean | undefined;
  /** Closes the views that nobody may watch any more, and tells their pages. */
  reviewViews: () => void;
  clock: Clock;
  log: Logger;
  handlers: SocketHandlers;
}): Sockets {
  const { httpServer, gate, door, revoked, reviewViews, clock, log, handlers } = options;
  const { limits } = gate;
  const webSockets = boundedWebSockets(limits.config.messagesOfConnectionPerSecond);
  /** For each request that is to become a connection: how to say that it signed in, or is gone. */
  const strangers = new WeakMap<IncomingMessage, () => void>();
  const arrivals = new WeakMap<Connection, Arrival>();
  /** Engine.IO keeps these for as long as the connection lasts, and with them their requests. */
  const responses = new WeakMap<IncomingMessage, { req?: unknown }>();
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
  const sfus = new WeakSet<Connection>();
  endUnread(server.engine, (connection) => sfus.has(connection));
  server.engine.on('connection', (connection: Connection) => {
    const { request } = connection;
    const [address, host] = [gate.addressOf(request), gate.hostOf(request)];
    arrivals.set(connection, { address, host, signedIn: strangers.get(request), unbind: webSockets.unbinding(request) });
    Object.assign(responses.get(request) ?? {}, { req: undefined });
  });
  server.of('/').use((_, next) => next(new Error('there is no such namespace'))); // open to everybody, were it not for this

  // Engine.IO lets whoever names the session of an open connection take its place, past allowRequest and the handshake.
  server.engine.use((request: IncomingMessage, response: { req?: unknown }, next: (error?: Error) => void) => {
    responses.set(request, response);
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
        if (refusal.code !== 'BUSY') limits.refused(arrivals.get(socket.conn)?.address ?? ''); // neighbours do not answer for one who is busy
        next(Object.assign(new Error(refusal.code), { data: refusal.toWire() }));
        setImmediate(() => socket.conn.close()); // once that has left: one connection, one try
      }
    });
    namespace.on('connection', (socket) => {
      const holder = socket.data.holder as Holder;
      letGoOfRequest(socket);
      serve(socket, holder);
    });
  }
  // A page that stays open learns nothing more once its pass has run out. One timer for all: a timer each is 600 bytes for every family.
  // It leaves those who were revoked alone: they are told first, and the review that comes with each change ends them after that.
  const reviewing = setInterval(endRunOut, reviewEveryMs);
  return {
    review: () => endWhere((pass) => revoked(pass) ?? false),
    close() {
      clearInterval(reviewing);
      return server.close();
    },
  };

  /** Their SFU ends the views of a pass that has run out, and says so; one that stands still just then does not. */
  function endRunOut(): void {
    if (connectedWhere(hasRunOut).next().done) return;
    reviewViews();
    setTimeout(() => endWhere(hasRunOut), toldWithinMs).unref();
  }

  function endWhere(isOver: (pass: Pass) => boolean): void {
    for (const socket of connectedWhere(isOver)) socket.disconnect(true);
  }

  function* connectedWhere(holds: (pass: Pass) => boolean): Generator<Socket> {
    for (const name of Object.values(namespaces))
      for (const socket of server.of(name).sockets.values()) if (holds((socket.data.holder as Holder).pass)) yield socket;
  }

  function hasRunOut({ exp }: Pass): boolean {
    return exp * 1_000 + pageOutlivesPassMs <= clock.now();
  }

  async function mayUpgrade(request: IncomingMessage): Promise<boolean> {
    if (!(await gate.mayUpgrade(request))) return false;
    const address = gate.addressOf(request);
    const { socket } = request;
    const noStranger = limits.receive(address, () => socket.destroy());
    socket.once('close', noStranger);
    strangers.set(request, () => {
      socket.off('close', noStranger);
      noStranger();
    });
    await limits.turnOf(address);
    return !socket.destroyed;
  }

  async function admitSocket({ handshake, nsp, conn }: Socket, roles: Role[]): Promise<Holder> {
    const arrival = arrivals.get(conn);
    const holder = await door.admit({ auth: handshake.auth, path: nsp.name, host: arrival?.host, roles });
    const { pass } = holder;
    const leave = await limits.maySignIn(pass.sub);
    if (!leave) throw door.busy(holder);
    if (conn.readyState === 'open') conn.once('close', leave);
    else leave();
    arrival?.signedIn?.();
    if (pass.role === 'sfu') {
      sfus.add(conn);
      arrival?.unbind?.();
    }
    if (arrival) arrivals.set(conn, { address: arrival.address, host: arrival.host }); // the rest has had its time
    return holder;
  }
}
