import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { type AskReply, ask } from '@peekaboo/shared/ask';
import type { Scope } from '@peekaboo/shared/hold';
import { staffAsks } from '@peekaboo/shared/wire';

const askTimeoutMs = 8_000;

/** Cuts through a staff pass. @throws PeekabooError when refused; whatever keeps it from signal. */
export async function cut(url: string, pass: string, scope: Scope, reason: string): Promise<AskReply<typeof staffAsks.cut>> {
  const socket = connectSocket(url, 'staff', pass);
  try {
    await connected(socket);
    return await ask(socket, staffAsks, 'cut', { scope, reason }, askTimeoutMs);
  } finally {
    socket.disconnect();
  }
}
