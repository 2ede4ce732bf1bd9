import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { staffWords } from '../ui/staff-words.ts';

type LiftFormProps = { reason: Signal<string>; trouble: string | null; onLift: () => void; onCancel: () => void };

/** The one confirmation of a lift: unlike a cut it shows children again, so it may take a second tap. */
export function LiftForm({ reason, trouble, onLift, onCancel }: LiftFormProps) {
  const confirm = useRef<HTMLButtonElement>(null);
  useEffect(() => confirm.current?.focus(), []);
  return (
    <form
      class="lift-form"
      onSubmit={(event) => {
        event.preventDefault();
        onLift();
      }}
    >
      <label>
        {staffWords.liftReason}
        <input
          type="text"
          maxLength={200}
          value={reason.value}
          onInput={(event) => {
            reason.value = event.currentTarget.value;
          }}
        />
      </label>
      {trouble && (
        <p class="lift-trouble" role="alert">
          {trouble}
        </p>
      )}
      <div class="lift-buttons">
        <button type="submit" class="calm solid" data-action="confirm-lift" ref={confirm}>
          {staffWords.confirmLift}
        </button>
        <button type="button" class="calm" onClick={onCancel}>
          {staffWords.keepDark}
        </button>
      </div>
    </form>
  );
}
