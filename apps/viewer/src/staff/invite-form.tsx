import { type InviteRequest, type Person, staffRight } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Invited, NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { draftMistakes, peopleWords, rights } from '../ui/people-words.ts';
import { sentences } from '../ui/words.ts';
import { Choices } from './choices.tsx';
import { type InviteDraft, mistakeIn, requestOf, weekToBeginWith } from './invite-draft.ts';
import { WeekFields } from './week-fields.tsx';

type InviteFormProps = {
  role: Person['role'];
  nursery: NurserySnapshot;
  invite: (request: InviteRequest) => Promise<Invited>;
  onMade: (reference: string | undefined, invited: Invited) => void;
  onCancel: () => void;
};

/** What is to be known before somebody gets a link. No name, no address: there is nowhere to put one. */
export function InviteForm({ role, nursery: { nursery, rooms }, invite, onMade, onCancel }: InviteFormProps) {
  const chosen = new Set(rooms.length === 1 ? rooms.map(({ id }) => id) : []);
  const draft = useSignal<InviteDraft>({ role, rooms: chosen, right: 'cut', reference: '', lastDay: '', weekly: null });
  const trouble = useSignal<string | null>(null);
  const sending = useSignal(false);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector('input')?.focus(), []);

  const change = (part: Partial<InviteDraft>) => {
    draft.value = { ...draft.peek(), ...part };
    trouble.value = null;
  };
  const chooseRoom = (id: string, isChosen: boolean) => {
    const next = new Set(draft.peek().rooms);
    if (isChosen) next.add(id);
    else next.delete(id);
    change({ rooms: next });
  };
  const send = async () => {
    const mistake = mistakeIn(draft.value, { now: Date.now(), timeZone: nursery.timeZone });
    if (mistake) {
      trouble.value = draftMistakes[mistake];
      return;
    }
    sending.value = true;
    try {
      const request = requestOf(draft.value, nursery.timeZone);
      onMade(request.reference, await invite(request));
    } catch (error) {
      trouble.value =
        error instanceof PeekabooError ? [sentences[error.code], ...(error.facts.fields ?? [])].join(' ') : peopleWords.noAnswer;
      sending.value = false;
    }
  };

  return (
    <form
      class="invite-form"
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!sending.value) void send();
      }}
    >
      {role === 'guardian' ? (
        <Choices
          legend={peopleWords.rooms}
          as="checkbox"
          name="room"
          options={rooms.map(({ id, name }) => ({ value: id, title: name }))}
          isChosen={(id) => draft.value.rooms.has(id)}
          onChange={chooseRoom}
        />
      ) : (
        <Choices
          legend={peopleWords.right}
          as="radio"
          name="right"
          options={staffRight.options.map((value) => ({ value, ...rights[value] }))}
          isChosen={(right) => draft.value.right === right}
          onChange={(right) => change({ right })}
        />
      )}
      <label>
        {peopleWords.reference}
        <input
          type="text"
          name="reference"
          maxLength={16}
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-describedby="reference-hint"
          value={draft.value.reference}
          onInput={(event) => change({ reference: event.currentTarget.value })}
        />
        <span class="hint" id="reference-hint">
          {peopleWords.referenceHint}
        </span>
      </label>
      <label>
        {peopleWords.lastDay}
        <input
          type="date"
          name="last-day"
          aria-describedby="last-day-hint"
          value={draft.value.lastDay}
          onInput={(event) => change({ lastDay: event.currentTarget.value })}
        />
        <span class="hint" id="last-day-hint">
          {peopleWords.lastDayHint}
        </span>
      </label>
      {role === 'guardian' && (
        <div>
          <label class="choice">
            <input
              type="checkbox"
              name="certain-hours"
              checked={draft.value.weekly !== null}
              onChange={(event) => change({ weekly: event.currentTarget.checked ? weekToBeginWith : null })}
            />
            <span>{peopleWords.certainHours}</span>
          </label>
          {draft.value.weekly && (
            <div class="hours-form">
              <p class="hint">{peopleWords.certainHoursHint}</p>
              <WeekFields weekly={draft.value.weekly} onChange={(weekly) => change({ weekly })} />
            </div>
          )}
        </div>
      )}
      {trouble.value && (
        <p class="form-trouble" role="alert">
          {trouble.value}
        </p>
      )}
      <div class="form-buttons">
        <button type="submit" class="primary" data-action="make-link" disabled={sending.value}>
          {sending.value ? peopleWords.makingLink : peopleWords.makeLink}
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          {peopleWords.cancel}
        </button>
      </div>
    </form>
  );
}
