import type { Person } from '@peekaboo/shared/entitlement';
import type { Invited, NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { peopleWords, personName } from '../ui/people-words.ts';
import { InviteForm } from './invite-form.tsx';
import { InviteLink } from './invite-link.tsx';
import { PersonCard } from './person-card.tsx';
import { useReturningFocus } from './returning-focus.ts';
import type { Session } from './session.ts';

/** From how many on it takes a field to find somebody. */
const manyPeople = 8;

type PeopleProps = { session: Session; nursery: NurserySnapshot; role: Person['role'] };
type Made = { for: string; invited: Invited };

/** Everybody with this role: invite them, give them links, remove them. */
export function PeoplePlace({ session, nursery, role }: PeopleProps) {
  const { people } = session;
  useEffect(() => people.follow(), [people]);
  const inviting = useSignal(false);
  const made = useSignal<Made | null>(null);
  const sought = useSignal('');
  const opener = useReturningFocus(inviting.value || made.value !== null);
  const words = peopleWords[role];
  const all = people.list.value?.filter((person) => person.role === role) ?? null;
  const found = all?.filter((person) => personName(person).toLowerCase().includes(sought.value.trim().toLowerCase())) ?? [];
  const standing = found.filter(({ state }) => state !== 'ended').reverse();
  const ended = found.filter(({ state }) => state === 'ended').reverse();
  const card = (person: Person) => (
    <PersonCard
      key={person.id}
      person={person}
      session={session}
      nursery={nursery}
      onLink={(invited) => {
        made.value = { for: personName(person), invited };
      }}
    />
  );

  return (
    <section>
      <div class="place-head">
        <h2 class="section-title">{words.title}</h2>
        {!inviting.value && !made.value && (
          <button
            type="button"
            class="primary"
            data-action="invite"
            ref={opener}
            onClick={() => {
              inviting.value = true;
            }}
          >
            {words.invite}
          </button>
        )}
      </div>
      {inviting.value && (
        <InviteForm
          role={role}
          nursery={nursery}
          invite={people.invite}
          onMade={(name, invited) => {
            inviting.value = false;
            made.value = { for: name ?? personName({ id: invited.guardian, role }), invited };
          }}
          onCancel={() => {
            inviting.value = false;
          }}
        />
      )}
      {made.value && (
        <InviteLink
          key={made.value.invited.path}
          name={made.value.for}
          role={role}
          invited={made.value.invited}
          nursery={nursery.nursery}
          onDone={() => {
            made.value = null;
          }}
        />
      )}
      {people.stale.value && all && (
        <p class="alarm" role="status">
          {peopleWords.notFetched}
        </p>
      )}
      {!all && <p class="hint">{people.stale.value ? peopleWords.notFetched : peopleWords.loading}</p>}
      {all?.length === 0 && <p class="hint">{words.none}</p>}
      {all && all.length > manyPeople && (
        <input
          type="search"
          class="find"
          placeholder={peopleWords.find}
          aria-label={peopleWords.find}
          value={sought.value}
          onInput={(event) => {
            sought.value = event.currentTarget.value;
          }}
        />
      )}
      {all && all.length > 0 && found.length === 0 && <p class="hint">{peopleWords.noneFound}</p>}
      <ul class="people">{standing.map(card)}</ul>
      {ended.length > 0 && (
        <details class="ended">
          <summary>{peopleWords.ended(ended.length)}</summary>
          <ul class="people">{ended.map(card)}</ul>
        </details>
      )}
    </section>
  );
}
