import { ask, NoReplyError } from '@peekaboo/shared/ask';
import { type ErrorCode, type ErrorFacts, PeekabooError } from '@peekaboo/shared/errors';
import { type CloseReason, guardianAsks } from '@peekaboo/shared/wire';
import { type ReadonlySignal, signal } from '@preact/signals';
import { receive } from '../net/peer.ts';
import type { Link } from '../net/socket.ts';
import { awaitFrames } from './await-frames.ts';
import type { Camera } from './camera.ts';
import type { Motion } from './motion.ts';

/** Why a view is no more. */
export type ViewEnd =
  | { why: 'closed'; reason: CloseReason }
  | { why: 'refused'; code: ErrorCode; facts: ErrorFacts }
  | { why: 'no-reply' }
  | { why: 'no-picture' };

export type View = {
  readonly cameras: ReadonlySignal<readonly Camera[]>;
  /** When signal will end it, milliseconds since the Unix epoch; null until it is granted. */
  readonly validUntil: ReadonlySignal<number | null>;
  /** The picture has gone, and signal has not said why so far. */
  readonly lost: ReadonlySignal<boolean>;
  /** Signal says that this view ends at another time; ignored when it is not this one. */
  limited(view: string, validUntil: number): void;
  /** Signal says that this view is closed; ignored when it is not this one. */
  closed(view: string, reason: CloseReason): void;
  /** Darkens the screen, and tells signal with `leave`. After it `onEnd` is not called. */
  close(how: 'leave' | 'silently'): void;
};

const replyWithinMs = 6_000;
/** A picture goes before signal can say why: a cut stops it within milliseconds. */
const toldWhyWithinMs = 1_000;

/**
 * Watches a room once: ask, receive the offer, answer it. `onEnd` is called once, with the screen already dark.
 * `framesDue` tells whether frames should be coming: not while the camera is known to be silent.
 */
export function openView({ socket, device }: Link, room: string, framesDue: () => boolean, onEnd: (end: ViewEnd) => void): View {
  const cameras = signal<readonly Camera[]>([]);
  const validUntil = signal<number | null>(null);
  const lost = signal(false);
  let untold: ReturnType<typeof setTimeout> | undefined;
  let id: string | null = null;
  let peer: { close(): void } | null = null;
  let over = false;
  const patience = awaitFrames(cameras, framesDue, () => end({ why: 'no-picture' }));

  const blank = () => {
    patience.stop();
    for (const camera of cameras.peek()) camera.stream.value = null;
    cameras.value = [];
    peer?.close();
  };
  const darken = () => {
    over = true;
    clearTimeout(untold);
    blank();
  };
  const answer = async (view: string, sdp: string) => {
    const proof = await device.proveAnswer(view, sdp);
    if (!over) await ask(socket, guardianAsks, 'answer', { view, sdp, proof }, replyWithinMs);
  };
  const leave = () => id && ask(socket, guardianAsks, 'leave', { view: id }, replyWithinMs).catch(() => {});
  const end = (why: ViewEnd) => {
    if (over) return;
    darken();
    // It may still be open on the other side, where it would count as somebody watching.
    if (why.why === 'no-picture') void leave();
    onEnd(why);
  };
  const refused = (error: unknown) => {
    if (error instanceof PeekabooError && error.code === 'PROOF_STALE') device.learnTime(error.facts.now);
    end(endOf(error));
  };
  const lose = () => {
    if (over || lost.peek()) return;
    lost.value = true;
    blank();
    untold = setTimeout(() => end({ why: 'no-picture' }), toldWhyWithinMs);
  };
  const addCamera = (stream: MediaStream, framesDecoded: () => Promise<number>) => {
    if (over) return;
    const camera: Camera = {
      id: stream.id,
      stream: signal(stream),
      framesDecoded,
      motion: signal<Motion>('none'),
      hasSound: signal(false),
    };
    camera.hasSound.value = stream.getAudioTracks().length > 0;
    stream.addEventListener('addtrack', () => (camera.hasSound.value = stream.getAudioTracks().length > 0));
    cameras.value = [...cameras.peek(), camera].sort((a, b) => a.id.localeCompare(b.id));
  };

  void (async () => {
    try {
      const granted = await ask(socket, guardianAsks, 'watch', { room }, replyWithinMs);
      id = granted.view;
      if (over) return void leave();
      validUntil.value = granted.validUntil;
      peer = receive(granted.offer, granted.iceServers, {
        answer: (sdp) => void answer(granted.view, sdp).catch(refused),
        stream: addCamera,
        failed: lose,
      });
    } catch (error) {
      end(endOf(error));
    }
  })();

  return {
    cameras,
    validUntil,
    lost,
    limited(view, until) {
      if (view === id) validUntil.value = until;
    },
    closed: (view, reason) => view === id && end({ why: 'closed', reason }),
    close(how) {
      if (over) return;
      darken();
      if (how === 'leave') void leave();
    },
  };
}

function endOf(error: unknown): ViewEnd {
  if (error instanceof PeekabooError) return { why: 'refused', code: error.code, facts: error.facts };
  if (error instanceof NoReplyError) return { why: 'no-reply' };
  return { why: 'no-picture' };
}
