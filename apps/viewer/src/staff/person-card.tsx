import type { Person } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Invited, NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { lastDay, ownHours, peopleWords, personName, rights, standing } from '../ui/people-words.ts';
import { sentences } from '../ui/words.ts';
import { ChangeForm } from './change-form.tsx';
import { Devices } from './devices.tsx';
import { RemoveForm } from './remove-form.tsx';
import { useReturningFocus } from './returning-focus.ts';
import type { Session } from './session.ts';

type PersonCardProps = { person: Person; session: Session; nursery: NurserySnapshot; onLink: (invited: Invited) => void };

/** One guardian or member of staff: what they may, and the ways to change it. */
export function PersonCard({ person, session, nursery, onLink }: PersonCardProps) {
  const open = useSignal<'change' | 'remove' | null>(null);
  const [changer, remover] = [useReturningFocus(open.value === 'change'), useReturningFocus(open.value === 'remove')];
  const changed = useSignal(false);
  const trouble = useSignal<string | null>(null);
  const name = personName(person);
  const ended = person.state === 'ended';
  const makeLink = async () => {
    try {
      trouble.value = null;
      onLink(await session.people.inviteAgain(person.id));
    } catch (error) {
      trouble.value = error instanceof PeekabooError ? sentences[error.code] : peopleWords.noAnswer;
    }
  };
  return (
    <li class={`person is-${person.state}`} data-person={person.id} data-state={person.state}>
      <h3>{name}</h3>
      {person.devices.some(({ watching }) => watching > 0) && <p class="watching">{peopleWords.watchingNow}</p>}
      <p class="person-standing">{standing(person)}</p>
      <p class="person-may">
        {person.role === 'staff' ? rights[person.right ?? 'observe'].title : roomNames(person, nursery)} ·{' '}
        {lastDay(person.endsAt, nursery.nursery.timeZone)}
      </p>
      {person.hours && <p class="person-may">{ownHours(person.hours)}</p>}
      {person.source !== 'invite' && <p class="person-may">{peopleWords.decidedElsewhere}</p>}
      {changed.value && (
        <p class="hint" role="status">
          {peopleWords.changed}
        </p>
      )}
      {!ended && !open.value && (
        <div class="person-buttons">
          <button
            type="button"
            class="quiet"
            data-action="invite-again"
            aria-label={peopleWords.anotherLinkLabel(person, name)}
            onClick={() => void makeLink()}
          >
            {peopleWords.anotherLink}
          </button>
          {person.source === 'invite' && (
            <button
              type="button"
              class="quiet"
              data-action="change"
              ref={changer}
              aria-label={peopleWords.changeLabel(name)}
              onClick={() => {
                changed.value = false;
                open.value = 'change';
              }}
            >
              {peopleWords.change}
            </button>
          )}
          <button
            type="button"
            class="quiet grave"
            data-action="remove"
            ref={remover}
            aria-label={peopleWords.removeLabel(name)}
            onClick={() => {
              open.value = 'remove';
            }}
          >
            {peopleWords.remove}
          </button>
        </div>
      )}
      {trouble.value && (
        <p class="form-trouble" role="alert">
          {trouble.value}
        </p>
      )}
      {!ended && open.value === 'change' && (
        <ChangeForm
          person={person}
          nursery={nursery}
          change={session.people.change}
          onChanged={() => {
            changed.value = true;
            open.value = null;
          }}
          onCancel={() => {
            open.value = null;
          }}
        />
      )}
      {!ended && open.value === 'remove' && (
        <RemoveForm
          question={peopleWords.removeQuestion(name)}
          means={isLastAdministrator(person, session) ? peopleWords.removeLastAdministrator : peopleWords.removeMeans}
          reason={peopleWords[person.role].removeReason}
          onRemove={(reason) => {
            open.value = null;
            session.cuts.cut({ kind: 'guardian', nursery: nursery.nursery.id, guardian: person.id }, reason);
          }}
          onKeep={() => {
            open.value = null;
          }}
        />
      )}
      {!ended && person.devices.length > 1 && <Devices person={person} session={session} nursery={nursery} />}
    </li>
  );
}

function roomNames({ rooms }: Person, nursery: NurserySnapshot): string {
  return rooms.map((id) => nursery.rooms.find((room) => room.id === id)?.name ?? id).join(', ');
}

function isLastAdministrator(person: Person, { people }: Session): boolean {
  const administers = (each: Person) => each.right === 'administer' && each.state === 'active';
  return administers(person) && people.list.value?.filter(administers).length === 1;
}
