import { includesRight, type StaffRight } from '@peekaboo/shared/entitlement';
import { type ReadonlySignal, signal } from '@preact/signals';
import { readFragment } from '../net/fragment.ts';

/** The places of the staff page, in the order of its menu, and the right that each takes. Cutting everyone is within reach at each. */
const places = { rooms: 'observe', guardian: 'administer', staff: 'administer', hours: 'administer' } as const satisfies Record<
  string,
  StaffRight
>;
export type Place = keyof typeof places;

const isPlace = (name: string | null): name is Place => name !== null && Object.hasOwn(places, name);

/** The places that this right opens. */
export function placesWith(right: StaffRight): Place[] {
  return Object.entries(places).flatMap(([place, needed]) => (isPlace(place) && includesRight(right, needed) ? [place] : []));
}

/** Follows the address bar, so that Back, reload and a bookmark lead to the same place. */
export function followPlace(): ReadonlySignal<Place> {
  const now = signal(placeOf(location.hash));
  addEventListener('hashchange', () => {
    now.value = placeOf(location.hash);
  });
  return now;
}

function placeOf(hash: string): Place {
  const { place } = readFragment(hash);
  return isPlace(place) ? place : 'rooms';
}
