import { setTimeout as delay } from 'node:timers/promises';
import { HeadlessViewer } from '@peekaboo/headless-viewer/headless-viewer';
import { type ErrorCode, PeekabooError, wireError } from '@peekaboo/shared/errors';
import type { Credentials } from '@peekaboo/shared/proof';

export type Outcome =
  | { state: 'refused'; code: ErrorCode }
  /** Something else was in the way, so that nothing is learnt about the check in question. */
  | { state: 'inconclusive'; why: string }
  /** The answer was accepted, or media came without a word: a picture is possible, and `packets` of it came. */
  | { state: 'let-in'; packets: number };

/** How long one who was let in waits for media. One packet ends the wait. */
const listenMs = 5_000;

/** Goes as far as signal lets it: connects, asks for each room, answers the offer, waits for media. Never throws. */
export async function attempt(options: {
  url: string;
  credentials: Credentials;
  rooms: string[];
  expected: ErrorCode;
  onOutcome: (room: string, outcome: Outcome) => Promise<void>;
}): Promise<void> {
  const { url, credentials, rooms, expected, onOutcome } = options;
  const judge = (error: unknown, reached = ''): Outcome => {
    const code = codeOf(error);
    if (code === expected && reached === '') return { state: 'refused', code };
    return { state: 'inconclusive', why: `${reached}${code ?? `no answer (${(error as Error).message})`}` };
  };
  const viewer = await HeadlessViewer.connect(url, credentials).catch(async (error) => {
    for (const room of rooms) await onOutcome(room, judge(error));
  });
  if (!viewer) return;
  for (const room of rooms) await onOutcome(room, await tryRoom(viewer, room, judge));
  viewer.close();
}

/** Whether signal refuses to connect somebody with this code. @throws when it gives no reason, or cannot be reached. */
export async function isRefused(url: string, credentials: Credentials, code: ErrorCode): Promise<boolean> {
  try {
    (await HeadlessViewer.connect(url, credentials)).close();
    return false;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return codeOf(error) === code;
  }
}

async function tryRoom(viewer: HeadlessViewer, room: string, judge: (error: unknown, reached: string) => Outcome): Promise<Outcome> {
  const before = viewer.packets;
  viewer.offer = '';
  const failure = await viewer.watch(room).then(
    () => undefined,
    (error) => ({ error }),
  );
  if (failure && viewer.offer === '') return judge(failure.error, '');
  // From the offer on the answer may be with the SFU, whatever becomes of the word that it is.
  const until = performance.now() + listenMs;
  while (viewer.packets === before && performance.now() < until) await delay(10);
  const packets = viewer.packets - before;
  return failure && packets === 0 ? judge(failure.error, 'was made an offer, then ') : { state: 'let-in', packets };
}

function codeOf(error: unknown): ErrorCode | undefined {
  if (error instanceof PeekabooError) return error.code;
  const refusal = wireError.safeParse((error as { data?: unknown }).data);
  return refusal.success ? refusal.data.code : undefined;
}
