import type { z } from 'zod';
import { PeekabooError, type WireError, wireError } from './errors.ts';

/** One request: what is asked and what is answered. Declared in wire.ts only. */
export type Ask = { request: z.ZodType; reply: z.ZodType };
export type Asks = Record<string, Ask>;
export type AskRequest<A extends Ask> = z.output<A['request']>;
export type AskReply<A extends Ask> = z.output<A['reply']>;

/** How a reply travels in a Socket.IO acknowledgement. */
type Envelope = { ok: true; value: unknown } | { ok: false; error: WireError };

/** The other side did not acknowledge in time, or the connection ended first. */
export class NoReplyError extends Error {
  override readonly name = 'NoReplyError';
}

/** The one thing that `ask` needs of a Socket.IO socket, client or server side. */
type AskingSocket = { timeout(ms: number): { emitWithAck(name: string, ...args: unknown[]): Promise<unknown> } };

/**
 * Asks the other side and waits for its answer.
 * @throws PeekabooError when it refuses; NoReplyError when it stays silent for `timeoutMs`; ZodError when its reply is malformed.
 */
export async function ask<M extends Asks, K extends keyof M & string>(
  socket: AskingSocket,
  asks: M,
  name: K,
  request: z.input<M[K]['request']>,
  timeoutMs: number,
): Promise<AskReply<M[K]>> {
  const envelope = (await socket
    .timeout(timeoutMs)
    .emitWithAck(name, request)
    .catch(() => {
      throw new NoReplyError(`no reply to ${name} within ${timeoutMs} ms`);
    })) as Envelope;
  if (envelope?.ok === true) return asks[name]?.reply.parse(envelope.value) as AskReply<M[K]>;
  const { code, remedy: _, ...facts } = wireError.parse(envelope?.error);
  throw new PeekabooError(code, facts);
}

type Handlers<M extends Asks> = { [K in keyof M]: (request: AskRequest<M[K]>) => Promise<AskReply<M[K]>> | AskReply<M[K]> };

/** What `serveAsks` needs of a Socket.IO socket. */
type ServingSocket = {
  onAny(listener: (name: string, ...args: unknown[]) => void): unknown;
};

export type ServeOptions = {
  /** Is handed what was thrown and is not a refusal, and a refusal that has a cause. */
  onDefect: (error: unknown, name: string) => void;
  /** How many asks of this socket may be in progress at once; more are answered BUSY, so that no queue grows. */
  maxInProgress: number;
  /** Throws the refusal of an ask that is one too many at this moment. */
  admit?: () => Promise<void>;
  /** Announcements that this socket sends as well, which are therefore not unknown. */
  tells?: Record<string, unknown>;
};

/**
 * Answers the asks of a socket: parse, handle, acknowledge. Malformed requests, unknown names and refusals are
 * acknowledged as errors; a defect is acknowledged as INTERNAL and handed to `onDefect`. Never throws. `handlers` and `options` may be objects with methods.
 * An ask that wants no acknowledgement is not carried out, since nobody would learn what became of it.
 */
export function serveAsks<M extends Asks>(socket: ServingSocket, asks: M, handlers: Handlers<M>, options: ServeOptions): void {
  let inProgress = 0;
  // One listener for all of them: there are these for every family.
  socket.onAny(async (name, ...args) => {
    const acknowledge = args.at(-1);
    if (typeof acknowledge !== 'function' || Object.hasOwn(options.tells ?? {}, name)) return;
    const asked = Object.hasOwn(asks, name) ? asks[name] : undefined;
    if (!asked) return acknowledge(refuse(new PeekabooError('BAD_MESSAGE', { fields: ['there is no such message'] })));
    if (inProgress >= options.maxInProgress) return acknowledge(refuse(new PeekabooError('BUSY')));
    inProgress += 1;
    try {
      await options.admit?.();
      const parsed = asked.request.safeParse(args.length === 2 ? args[0] : undefined);
      if (!parsed.success) throw malformed(parsed.error);
      const value = await handlers[name as keyof M](parsed.data as never);
      acknowledge({ ok: true, value } satisfies Envelope);
    } catch (error) {
      if (!(error instanceof PeekabooError) || error.cause !== undefined) options.onDefect(error, name);
      acknowledge(refuse(error));
    } finally {
      inProgress -= 1;
    }
  });
}

function malformed(error: z.ZodError): PeekabooError {
  const fields = error.issues.slice(0, 5).map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`.slice(0, 200));
  return new PeekabooError('BAD_MESSAGE', { fields });
}

function refuse(error: unknown): Envelope {
  return { ok: false, error: (error instanceof PeekabooError ? error : new PeekabooError('INTERNAL')).toWire() };
}
