import { ask } from '@peekaboo/shared/ask';
import { type ErrorCode, type ErrorFacts, PeekabooError, wireError } from '@peekaboo/shared/errors';
import { guardianAsks } from '@peekaboo/shared/wire';
import { type ReadonlySignal, signal } from '@preact/signals';
import { io, type Socket } from 'socket.io-client';
import { type Device, deviceOf, UnfitBrowserError } from './device.ts';
import { addressWith, type Secret } from './fragment.ts';

/** How this page stands with the server. */
export type LinkState =
  | { state: 'no-pass' }
  /** A link that works once was opened: whoever holds this browser has to say that it is the one to use. Until then the link is good elsewhere. */
  | { state: 'invited'; address: string }
  /** An invite is being swapped for a key of this browser's own. */
  | { state: 'setting-up'; failed: boolean }
  /** This browser is known already: whoever holds it has to say whether the invite of somebody else is to take its place. */
  | { state: 'replacing' }
  | { state: 'connecting' }
  | { state: 'connected' }
  | { state: 'lost' }
  | { state: 'unfit'; lacks: UnfitBrowserError['lacks'] }
  | { state: 'refused'; code: ErrorCode; facts: ErrorFacts };

export type Link = {
  readonly socket: Socket;
  readonly device: Device;
  readonly state: ReadonlySignal<LinkState>;
  /** Connects: as whoever this secret is for, else as whom this browser is known. */
  open(secret: Secret | null): void;
  /** The answer to `invited` and `replacing`. */
  decide(useNew: boolean): void;
  /** The server does not let this person in any more: stop here, until another invite is opened. */
  refuse(code: ErrorCode, facts: ErrorFacts): void;
  /** Tries to connect now rather than when the next attempt is due; one that has just begun goes on. */
  hurry(): void;
  /** The server does not answer although the connection looks open, or does not take the pass: connect anew. */
  renew(): void;
};

const replyWithinMs = 6_000;
const retryRenewalMs = 5_000;
/** An attempt to connect that is younger than this is left alone, whoever is in a hurry: to begin anew would take longer. */
const attemptTakesMs = 4_000;
/** From this failure on nobody is told that the connection is about to be made. */
const failuresToLose = 2;

/** Final, whoever says so. */
const enders: readonly ErrorCode[] = ['PASS_REVOKED', 'ROLE_NOT_ALLOWED', 'DEVICE_UNKNOWN', 'ORIGIN_NOT_ALLOWED'];
/** Another pass may help; when a new one is refused so as well, it does not. */
const passTroubles: readonly ErrorCode[] = ['PASS_MISSING', 'PASS_INVALID', 'PASS_EXPIRED', 'PASS_UNBOUND', 'PROOF_INVALID'];

/** Whether this refusal is about who asks, not about what is asked for. */
export function isAboutPass(code: ErrorCode): boolean {
  return enders.includes(code) || passTroubles.includes(code);
}

function isFinal(error: unknown): error is PeekabooError {
  return error instanceof PeekabooError && isAboutPass(error.code);
}

/** The page's one connection to signal, on the namespace of its role. */
export function openLink(page: 'guardian' | 'staff', namespace: string): Link {
  const state = signal<LinkState>({ state: 'connecting' });
  const device = deviceOf(page);
  const url = location.origin + namespace;
  let secret: Secret | null = null;
  let agreed = false;
  let inviteFailed = false;
  let passIsNew = false;
  let attempts = 0;
  /** When the attempt began that is under way, by the wall clock, which goes on while a device sleeps. */
  let tryingSince: number | null = null;
  let failures = 0;
  let retryTimer: ReturnType<typeof setTimeout> | undefined;
  let renewalTimer: ReturnType<typeof setTimeout> | undefined;

  const socket = io(namespace, {
    autoConnect: false,
    transports: ['websocket'],
    reconnection: false, // done here, since a new connection may take a new pass first
    timeout: 8_000,
    auth: (present) => void device.handshake(url).then(present, () => present({})),
  });

  const connect = async () => {
    clearTimeout(retryTimer);
    clearTimeout(renewalTimer);
    attempts += 1;
    const attempt = attempts;
    tryingSince = Date.now();
    socket.disconnect();
    try {
      const question = await toAsk();
      if (attempt !== attempts) return;
      if (question) {
        state.value = question;
        return;
      }
      await openInvite();
      const pass = await device.ready();
      if (attempt !== attempts) return;
      passIsNew = pass === 'new';
      if (pass !== 'none') socket.connect();
      else if (inviteFailed) refuse('INVITE_UNKNOWN', {});
      else state.value = { state: 'no-pass' };
    } catch (error) {
      if (attempt !== attempts) return;
      if (error instanceof UnfitBrowserError) state.value = { state: 'unfit', lacks: error.lacks };
      else if (isFinal(error)) refuse(error.code, error.facts);
      else becomeLost();
    }
  };
  /**
   * Mail and chat apps show links in windows of their own, and look into them before anybody does: a link is not to be used up by that. Nor
   * is anybody to change who this browser is by sending it a link; one that has ended is no loss.
   */
  const toAsk = async (): Promise<LinkState | null> => {
    const opened = secret;
    if (opened === null || agreed) return null;
    const knownAs = await device.knownAs(opened);
    if (knownAs === 'own') return null;
    const lasts = knownAs === 'somebody-else' && (await device.ready().catch((error) => !isFinal(error)));
    return lasts ? { state: 'replacing' } : { state: 'invited', address: addressWith(opened) };
  };
  /** A link that was used up may have been used by this very browser, which is then known. */
  const openInvite = async () => {
    const opened = secret;
    if (opened === null) return;
    if (state.peek().state !== 'setting-up') state.value = { state: 'setting-up', failed: false };
    await device.open(opened).catch((error) => {
      const isBad = error instanceof PeekabooError && (error.code === 'INVITE_UNKNOWN' || error.code === 'BAD_MESSAGE'); // used, or mangled
      if (!isBad) throw error;
      inviteFailed = true;
    });
    if (secret !== opened) return; // another one was opened meanwhile
    secret = null;
    state.value = { state: 'connecting' };
  };
  const becomeLost = () => {
    tryingSince = null;
    failures += 1;
    if (secret !== null) state.value = { state: 'setting-up', failed: true };
    else if (state.peek().state !== 'connecting' || failures >= failuresToLose) state.value = { state: 'lost' };
    clearTimeout(retryTimer);
    retryTimer = setTimeout(connect, reconnectDelayMs(failures, Math.random()));
  };
  const refuse = (code: ErrorCode, facts: ErrorFacts) => {
    attempts += 1;
    clearTimeout(retryTimer);
    clearTimeout(renewalTimer);
    state.value = { state: 'refused', code, facts };
    socket.disconnect();
  };
  const renew = () => {
    if (state.peek().state !== 'connected') return;
    state.value = { state: 'lost' };
    device.forgetPass();
    void connect();
  };
  const renewPass = async () => {
    let inMs = retryRenewalMs;
    try {
      device.use(await ask(socket, { renew: guardianAsks.renew }, 'renew', { proof: await device.proveRenewal(url) }, replyWithinMs));
      inMs = device.renewInMs();
    } catch (error) {
      const code = error instanceof PeekabooError ? error.code : undefined;
      if (code === 'PROOF_STALE') device.learnTime((error as PeekabooError).facts.now);
      if (code && (enders.includes(code) || code === 'PASS_EXPIRED')) return refuse(code, {});
      if (code && passTroubles.includes(code)) return renew(); // asking again would be refused again
    }
    if (socket.connected) renewalTimer = setTimeout(renewPass, inMs);
  };

  socket.on('connect', () => {
    failures = 0;
    tryingSince = null;
    state.value = { state: 'connected' };
    renewalTimer = setTimeout(renewPass, device.renewInMs());
  });
  socket.on('disconnect', (reason) => {
    clearTimeout(renewalTimer);
    if (reason !== 'io client disconnect' && state.peek().state !== 'refused') becomeLost();
  });
  socket.on('connect_error', (error: Error & { data?: unknown }) => {
    const refusal = wireError.safeParse(error.data);
    if (!refusal.success) return becomeLost();
    const { code, remedy: _, ...facts } = refusal.data;
    if (code === 'PROOF_STALE') device.learnTime(facts.now);
    if (enders.includes(code) || (passTroubles.includes(code) && passIsNew)) return refuse(code, facts);
    if (passTroubles.includes(code)) device.forgetPass();
    becomeLost();
  });

  return {
    socket,
    device,
    state,
    open(next) {
      secret = next;
      agreed = false;
      inviteFailed = false;
      state.value = { state: 'connecting' };
      void connect();
    },
    decide(useNew) {
      const { state: now } = state.peek();
      if (now !== 'replacing' && now !== 'invited') return;
      agreed = useNew;
      if (!useNew) secret = null;
      state.value = { state: 'connecting' };
      void connect();
    },
    refuse,
    hurry() {
      const { state: now } = state.peek();
      if (tryingSince !== null && Date.now() - tryingSince < attemptTakesMs) return;
      if (now === 'lost' || now === 'connecting' || now === 'setting-up') void connect();
    },
    renew,
  };
}

/** How long to wait before connecting again, in milliseconds. `random` is in [0, 1). */
function reconnectDelayMs(failures: number, random: number): number {
  return Math.min(5_000, 500 * 2 ** (failures - 1)) * (0.5 + random / 2);
}
