import { setTimeout as delay } from 'node:timers/promises';
import { connected, connectSocket } from '@peekaboo/headless-viewer/socket';
import { ask } from '@peekaboo/shared/ask';
import type { Receipt } from '@peekaboo/shared/hold';
import type { Credentials } from '@peekaboo/shared/proof';
import { staffAsks, staffTells } from '@peekaboo/shared/wire';
import type { z } from 'zod';

const askTimeoutMs = 8_000;
/** As whom the canary cuts. */
export const staffId = 'canary';

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

/** Whether a hold of the canary's own is on this room. @throws whatever keeps it from signal. */
export async function isCut(url: string, credentials: Credentials, room: string): Promise<boolean> {
  const socket = connectSocket(url, 'staff', credentials);
  try {
    const told = new Promise<unknown>((resolve) => socket.once('nursery', resolve));
    await connected(socket);
    const { holds } = staffTells.nursery.parse(await Promise.race([told, delay(askTimeoutMs, undefined, { ref: false })]));
    return holds.some(({ scope, by }) => by === staffId && scope.kind === 'room' && scope.room === room);
  } finally {
    socket.disconnect();
  }
}
