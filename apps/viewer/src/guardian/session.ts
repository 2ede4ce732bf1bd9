import { onTells } from '@peekaboo/shared/tell';
import { guardianTells, namespaces, type RoomsSnapshot } from '@peekaboo/shared/wire';
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { addressOf, readFragment } from '../net/fragment.ts';
import { signIn } from '../net/sign-in.ts';
import type { Link } from '../net/socket.ts';
import { keepAwake } from './wake-lock.ts';
import { type Watching, watchRoom } from './watching.ts';

/** Everything the guardian's page knows and can do. */
export type Session = {
  readonly link: Link;
  readonly snapshot: ReadonlySignal<RoomsSnapshot | null>;
  readonly watching: ReadonlySignal<Watching | null>;
  /** The room that was open before this one or before the list: where the focus goes back to. */
  readonly lastRoom: () => string | null;
  watch(room: string): void;
  leave(): void;
};

/** Starts the page: connects, follows the rooms, and keeps the open room in the address bar so that Back, reload and links work. */
export function startSession(): Session {
  const snapshot = signal<RoomsSnapshot | null>(null);
  const watching = signal<Watching | null>(null);
  let choosing = false;
  let lastRoom: string | null = null;

  const link = signIn('guardian', namespaces.guardian, () => {
    open(null);
    snapshot.value = null;
    choosing = false;
  });
  const open = (room: string | null) => {
    if (watching.peek()?.room === room) return;
    lastRoom = watching.peek()?.room ?? null;
    watching.peek()?.leave();
    watching.value = room === null ? null : watchRoom(room, link, snapshot);
  };
  const followAddress = () => open(readFragment(location.hash).room);

  onTells(
    link.socket,
    guardianTells,
    {
      rooms: (rooms) => {
        snapshot.value = rooms;
        const [only, ...others] = rooms.rooms;
        if (!only || others.length > 0 || choosing || watching.peek()) return;
        history.replaceState(null, '', addressOf(only.id));
        open(only.id);
      },
      'view.limit': ({ view, validUntil }) => watching.peek()?.limited(view, validUntil),
      'view.closed': ({ view, reason }) => watching.peek()?.closed(view, reason),
    },
    (error) => console.error('an announcement could not be read', error),
  );
  effect(() => {
    // Rooms of a pass that has ended are nobody's business any more.
    const { state } = link.state.value;
    if (state === 'refused' || state === 'no-pass') snapshot.value = null;
  });

  followAddress();
  addEventListener('popstate', followAddress);
  addEventListener('hashchange', followAddress);
  keepAwake(computed(() => watching.value?.picture.value.kind === 'live'));

  return {
    link,
    snapshot,
    watching,
    lastRoom: () => lastRoom,
    watch(room) {
      history.pushState({ opened: true }, '', addressOf(room));
      open(room);
    },
    leave() {
      choosing = true;
      open(null);
      if (history.state?.opened) history.back();
      else history.replaceState(null, '', addressOf(null));
    },
  };
}
