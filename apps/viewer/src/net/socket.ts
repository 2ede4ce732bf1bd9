import { type ErrorCode, type ErrorFacts, wireError } from '@peekaboo/shared/errors';
import { type ReadonlySignal, signal } from '@preact/signals';
import { io, type Socket } from 'socket.io-client';
import { rejoinDelayMs } from './rejoin.ts';

/** How this page stands with the server. */
export type LinkState =
  | { state: 'no-pass' }
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'lost' }
  | { state: 'refused'; code: ErrorCode; facts: ErrorFacts };

export type Link = {
  readonly socket: Socket;
  readonly state: ReadonlySignal<LinkState>;
  /** Connects with this pass, leaving any connection made with another. */
  use(pass: string | null): void;
  /** The server no longer takes this pass: stop here, until another is used. */
  refuse(code: ErrorCode, facts: ErrorFacts): void;
  /** Tries to connect now rather than when the next attempt is due. */
  hurry(): void;
  /** The server does not answer although the connection looks open: connect anew. */
  renew(): void;
};

const passEnders: readonly ErrorCode[] = ['PASS_MISSING', 'PASS_INVALID', 'PASS_EXPIRED', 'PASS_REVOKED', 'ROLE_NOT_ALLOWED'];

/** Whether this refusal is final for the pass that was presented. */
export function endsPass(code: ErrorCode): boolean {
  return passEnders.includes(code);
}

/** The page's one connection to signal, on the namespace of its role. */
export function openLink(namespace: string): Link {
  const state = signal<LinkState>({ state: 'connecting' });
  let pass: string | null = null;
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const socket = io(namespace, {
    autoConnect: false,
    transports: ['websocket'],
    reconnectionDelay: 500,
    reconnectionDelayMax: 5_000,
    randomizationFactor: 0.5,
    timeout: 8_000,
    // Asked anew for each connection: a proof of the device's key joins the pass here.
    auth: (present) => present({ pass }),
  });

  const connect = () => {
    clearTimeout(timer);
    // Also ends a wait that socket.io is in.
    socket.disconnect().connect();
  };
  const becomeLost = () => {
    state.value = state.peek().state === 'connecting' ? { state: 'connecting' } : { state: 'lost' };
    if (socket.active) return;
    // socket.io tries again by itself, but not when it was the server that ended or refused the connection.
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(connect, rejoinDelayMs('failed', failures, Math.random()));
  };
  const refuse = (code: ErrorCode, facts: ErrorFacts) => {
    clearTimeout(timer);
    state.value = { state: 'refused', code, facts };
    socket.disconnect();
  };

  socket.on('connect', () => {
    failures = 0;
    state.value = { state: 'connected' };
  });
  socket.on('disconnect', (reason) => {
    if (reason !== 'io client disconnect' && state.peek().state !== 'refused') becomeLost();
  });
  socket.on('connect_error', (error: Error & { data?: unknown }) => {
    const refusal = wireError.safeParse(error.data);
    if (!refusal.success) return becomeLost();
    const { code, remedy: _, ...facts } = refusal.data;
    // A handshake holds nothing but the pass, so a malformed one is a mangled pass.
    if (endsPass(code) || code === 'BAD_MESSAGE') refuse(code === 'BAD_MESSAGE' ? 'PASS_INVALID' : code, facts);
    else becomeLost();
  });

  return {
    socket,
    state,
    use(next) {
      pass = next;
      state.value = next === null ? { state: 'no-pass' } : { state: 'connecting' };
      if (next === null) socket.disconnect();
      else connect();
    },
    refuse,
    hurry() {
      const { state: now } = state.peek();
      if (now === 'lost' || now === 'connecting') connect();
    },
    renew() {
      if (state.peek().state !== 'connected') return;
      state.value = { state: 'lost' };
      connect();
    },
  };
}
