import { onTells } from '@peekaboo/shared/tell';
import { type HoursSnapshot, type NurserySnapshot, namespaces, staffTells } from '@peekaboo/shared/wire';
import { effect, type ReadonlySignal, signal } from '@preact/signals';
import { signIn } from '../net/sign-in.ts';
import type { Link } from '../net/socket.ts';
import { staffWords } from '../ui/staff-words.ts';
import { type Cuts, startCuts } from './cuts.ts';
import { followPeople, type People } from './people.ts';
import { followPlace, type Place } from './place.ts';

/** Everything the staff page knows and can do. */
export type Session = {
  readonly link: Link;
  readonly snapshot: ReadonlySignal<{ nursery: NurserySnapshot; receivedAt: number } | null>;
  /** Null until signal has told them. */
  readonly hours: ReadonlySignal<HoursSnapshot | null>;
  /** What of the page is shown. */
  readonly place: ReadonlySignal<Place>;
  readonly people: People;
  readonly cuts: Cuts;
  /** The reason that the next cut is given. */
  readonly reason: { value: string };
};

export function startSession(): Session {
  const snapshot = signal<Session['snapshot']['value']>(null);
  const hours = signal<HoursSnapshot | null>(null);
  const link = signIn('staff', namespaces.staff, () => {
    snapshot.value = null;
  });
  const people = followPeople(link);
  const cuts = startCuts(link, people.fetch);
  onTells(
    link.socket,
    staffTells,
    {
      nursery: (nursery) => {
        snapshot.value = { nursery, receivedAt: Date.now() };
        cuts.holdsChanged(nursery.holds);
      },
      hours: (rooms) => {
        hours.value = rooms;
      },
      receipt: cuts.receiptChanged,
    },
    (error) => console.error('an announcement could not be read', error),
  );
  effect(() => {
    const { state } = link.state.value;
    if (state === 'refused' || state === 'no-pass') snapshot.value = null;
  });
  return { link, snapshot, hours, place: followPlace(), people, cuts, reason: signal(staffWords.defaultReason) };
}
