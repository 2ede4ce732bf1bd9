import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { peopleWords } from '../ui/people-words.ts';

type RemoveFormProps = { question: string; means: string; reason: string; onRemove: (reason: string) => void; onKeep: () => void };

/** The one question before somebody is removed: unlike a cut it cannot be undone. */
export function RemoveForm({ question, means, reason: proposed, onRemove, onKeep }: RemoveFormProps) {
  const reason = useSignal(proposed);
  const keep = useRef<HTMLButtonElement>(null);
  useEffect(() => keep.current?.focus(), []);
  return (
    <form
      class="remove-form"
      aria-label={question}
      onSubmit={(event) => {
        event.preventDefault();
        onRemove(reason.value.trim() || proposed);
      }}
    >
      <p class="question">{question}</p>
      {means && <p>{means}</p>}
      <label>
        {peopleWords.removeReason}
        <input
          type="text"
          maxLength={200}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
      <div class="form-buttons">
        <button type="submit" class="cut-for-good" data-action="confirm-remove">
          {peopleWords.confirmRemove}
        </button>
        <button type="button" class="quiet" ref={keep} onClick={onKeep}>
          {peopleWords.keep}
        </button>
      </div>
    </form>
  );
}
