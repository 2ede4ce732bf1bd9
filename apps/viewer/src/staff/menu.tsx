import type { StaffRight } from '@peekaboo/shared/entitlement';
import { staffWords } from '../ui/staff-words.ts';
import { type Place, placesWith } from './place.ts';

/** The way to the places of the page; plain links, so that they open in a tab of their own as well. */
export function Menu({ place, right }: { place: Place; right: StaffRight }) {
  const places = placesWith(right);
  if (places.length < 2) return null;
  return (
    <nav class="menu" aria-label={staffWords.menu}>
      <ul>
        {places.map((each) => (
          <li key={each}>
            <a href={`#place=${each}`} data-place={each} aria-current={each === place ? 'page' : undefined}>
              {staffWords.places[each]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
