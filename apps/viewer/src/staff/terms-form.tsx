import { staffRight } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { draftMistakes, peopleWords, rights } from '../ui/people-words.ts';
import { sentences } from '../ui/words.ts';
import { Choices } from './choices.tsx';
import { type InviteDraft, mistakeIn, weekToBeginWith } from './invite-draft.ts';
import { WeekFields } from './week-fields.tsx';

type TermsFormProps = {
  nursery: NurserySnapshot;
  begin: InviteDraft;
  label: string;
  hint?: string;
  words: { send: string; sending: string };
  action: string;
  /** Whatever it throws is shown, and the form stays. */
  send: (draft: InviteDraft) => Promise<void>;
  onCancel: () => void;
};

/** What somebody may: rooms or a right, hours, until when. No name, no address: there is nowhere to put one. */
export function TermsForm({ nursery: snapshot, begin, label, hint, words, action, send, onCancel }: TermsFormProps) {
  const { rooms } = snapshot;
  const { timeZone } = snapshot.nursery;
  const id = useId();
  const draft = useSignal<InviteDraft>(begin);
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
  const submit = async () => {
    const mistake = mistakeIn(draft.value, { now: Date.now(), timeZone: timeZone });
    if (mistake) {
      trouble.value = draftMistakes[mistake];
      return;
    }
    sending.value = true;
    try {
      await send(draft.value);
    } catch (error) {
      trouble.value =
        error instanceof PeekabooError ? [sentences[error.code], ...(error.facts.fields ?? [])].join(' ') : peopleWords.noAnswer;
      sending.value = false;
    }
  };

  return (
    <form
      class="terms-form"
      aria-label={label}
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!sending.value) void submit();
      }}
    >
      <p class="question">{label}</p>
      {hint && <p>{hint}</p>}
      {draft.value.role === 'guardian' ? (
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
          aria-describedby={`${id}-reference`}
          value={draft.value.reference}
          onInput={(event) => change({ reference: event.currentTarget.value })}
        />
        <span class="hint" id={`${id}-reference`}>
          {peopleWords.referenceHint}
        </span>
      </label>
      <label>
        {peopleWords.lastDay}
        <input
          type="date"
          name="last-day"
          aria-describedby={`${id}-last-day`}
          value={draft.value.lastDay}
          onInput={(event) => change({ lastDay: event.currentTarget.value })}
        />
        <span class="hint" id={`${id}-last-day`}>
          {peopleWords.lastDayHint}
        </span>
      </label>
      {draft.value.role === 'guardian' && (
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
        <button type="submit" class="primary" data-action={action} disabled={sending.value}>
          {sending.value ? words.sending : words.send}
        </button>
        <button type="button" class="quiet" onClick={onCancel}>
          {peopleWords.cancel}
        </button>
      </div>
    </form>
  );
}
