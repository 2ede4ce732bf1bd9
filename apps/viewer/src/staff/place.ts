import { type ReadonlySignal, signal } from '@preact/signals';
import { readFragment } from '../net/fragment.ts';

/** The places of the staff page, in the order of its menu. Cutting everyone is within reach at each. */
export const places = ['rooms', 'hours'] as const;
export type Place = (typeof places)[number];

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
  return places.find((each) => each === place) ?? 'rooms';
}
