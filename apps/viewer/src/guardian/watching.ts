import type { RoomState } from '@peekaboo/shared/room';
import type { CloseReason, RoomsSnapshot } from '@peekaboo/shared/wire';
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { type JoinCause, rejoinDelayMs } from '../net/rejoin.ts';
import { isAboutPass, type Link } from '../net/socket.ts';
import { type Picture, pictureOf } from './picture.ts';
import { openView, type View, type ViewEnd } from './view.ts';

/** A room that the parent has open: it is watched, and watched again, for as long as that may be. */
export type Watching = {
  readonly room: string;
  readonly picture: ReadonlySignal<Picture>;
  readonly view: ReadonlySignal<View | null>;
  /** Asks now instead of when the next attempt is due. */
  askNow(): void;
  limited(view: string, validUntil: number): void;
  closed(view: string, reason: CloseReason): void;
  /** The parent leaves the room. */
  leave(): void;
};

/** After this long with a picture, a failure counts as the first one. */
const settledAfterMs = 10_000;

export function watchRoom(room: string, link: Link, snapshot: ReadonlySignal<RoomsSnapshot | null>): Watching {
  const view = signal<View | null>(null);
  const lastEnd = signal<ViewEnd | null>(null);
  const shownBefore = signal(false);
  let wasTheirs = false;
  let cause: JoinCause = 'asked';
  let failures = 0;
  let joinedAt = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const roomState = computed((): RoomState | 'absent' | 'withdrawn' | null => {
    if (!snapshot.value) return null;
    const state = snapshot.value.rooms.find(({ id }) => id === room)?.state;
    wasTheirs ||= state !== undefined;
    return state ?? (wasTheirs ? 'withdrawn' : 'absent');
  });
  const openness = computed(() => (typeof roomState.value === 'object' && roomState.value ? roomState.value.state : roomState.value));
  const connected = computed(() => link.state.value.state === 'connected');
  const mayJoin = () => connected.peek() && openness.peek() === 'open' && !document.hidden;

  const join = () => {
    clearTimeout(timer);
    if (view.peek() || !mayJoin()) return;
    joinedAt = performance.now();
    view.value = openView(link, room, () => openness.peek() === 'open', onEnd);
  };
  const joinLater = () => {
    clearTimeout(timer);
    const delayMs = rejoinDelayMs(cause, failures, Math.random());
    // A first tap is not even delayed by one turn of the event loop.
    if (delayMs === 0) join();
    else timer = setTimeout(join, delayMs);
  };
  const drop = (how: 'leave' | 'silently') => {
    clearTimeout(timer);
    view.peek()?.close(how);
    view.value = null;
  };

  function onEnd(end: ViewEnd): void {
    view.value = null;
    lastEnd.value = end;
    failures = performance.now() - joinedAt > settledAfterMs ? 1 : failures + 1;
    cause = end.why === 'closed' && failures === 1 ? 'crowd' : 'failed';
    if (end.why === 'closed' && end.reason === 'revoked') link.refuse('PASS_REVOKED', {});
    else if (end.why === 'no-reply' || (end.why === 'refused' && isAboutPass(end.code))) link.renew();
    else joinLater();
  }

  const stopFollowing = effect(() => {
    const isConnected = connected.value;
    const now = openness.value;
    if (!isConnected) {
      // Without a connection nobody could tell us to close, so nothing stays on the screen.
      drop('silently');
      cause = cause === 'asked' && !shownBefore.peek() ? 'asked' : 'reconnected';
    } else if (now === 'open') {
      if (!view.peek()) joinLater();
    } else if (now !== null) {
      if (now !== 'camera-not-live') drop('silently');
      shownBefore.value = false;
      lastEnd.value = null;
      failures = 0;
      cause = 'crowd';
    }
  });

  const picture = computed(() => {
    const open = view.value;
    return pictureOf({
      link: link.state.value.state,
      room: roomState.value,
      view: open
        ? { motions: open.cameras.value.map(({ motion }) => motion.value), validUntil: open.validUntil.value, lost: open.lost.value }
        : { ended: lastEnd.value },
      shownBefore: shownBefore.value,
    });
  });
  const stopNoting = effect(() => {
    if (picture.value.kind === 'live') shownBefore.value = true;
  });
  const onVisible = () => !document.hidden && join();
  document.addEventListener('visibilitychange', onVisible);

  return {
    room,
    picture,
    view,
    askNow: join,
    limited: (id, validUntil) => view.peek()?.limited(id, validUntil),
    closed: (id, reason) => view.peek()?.closed(id, reason),
    leave() {
      document.removeEventListener('visibilitychange', onVisible);
      stopFollowing();
      stopNoting();
      drop('leave');
    },
  };
}
