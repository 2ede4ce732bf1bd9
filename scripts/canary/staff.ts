import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import type { Receipt } from '@peekaboo/shared/hold';
import type { Credentials } from '@peekaboo/shared/proof';
import { staffAsks } from '@peekaboo/shared/wire';
import type { z } from 'zod';

const askTimeoutMs = 8_000;

/** Gives one order as staff. @throws PeekabooError when refused; whatever keeps it from signal. */
export async function order<K extends 'cut' | 'revoke'>(
  url: string,
  credentials: Credentials,
  name: K,
  request: z.input<(typeof staffAsks)[K]['request']>,
): Promise<Receipt> {
  const socket = connectSocket(url, 'staff', credentials);
  try {
    await connected(socket);
    return await ask(socket, staffAsks, name, request, askTimeoutMs);
  } finally {
    socket.disconnect();
  }
}
