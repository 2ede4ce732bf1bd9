import type { Hours } from '@peekaboo/shared/hours';
import { useSignal } from '@preact/signals';
import { hoursWords } from '../ui/hours-words.ts';
import { draftOf, hasEmptyWindow, hoursOf } from './hours-draft.ts';
import { WeekFields } from './week-fields.tsx';
import { WindowsField } from './windows-field.tsx';

type HoursFormProps = {
  hours: Hours;
  /** Whether there are others to go back to. */
  canReset: boolean;
  saving: boolean;
  /** What was wrong with the last try, a sentence each. */
  mistakes: readonly string[];
  /** `null`: back to the file's. */
  onSave: (hours: Hours | null) => void;
  onMistake: (sentence: string) => void;
  onCancel: () => void;
};

/** The hours of one room while they are being edited. */
export function HoursForm({ hours, canReset, saving, mistakes, onSave, onMistake, onCancel }: HoursFormProps) {
  const draft = useSignal(draftOf(hours));
  const { weekly, dates } = draft.value;
  const save = () => (hasEmptyWindow(draft.value) ? onMistake(hoursWords.emptyWindow) : onSave(hoursOf(draft.value)));
  return (
    <form
      class="hours-form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h4>{hoursWords.weekly}</h4>
      <WeekFields
        weekly={weekly}
        onChange={(changed) => {
          draft.value = { dates, weekly: changed };
        }}
      />

      <h4>{hoursWords.dates}</h4>
      <p class="hint">{dates.length === 0 ? hoursWords.noDates : hoursWords.datesHint}</p>
      {dates.map(({ date, windows }, index) => (
        <div key={index} class="day">
          <div class="date">
            <input
              type="date"
              required
              aria-label={hoursWords.date}
              value={date}
              onInput={(event) => {
                draft.value = { weekly, dates: replaced(dates, index, { windows, date: event.currentTarget.value }) };
              }}
            />
            <button
              type="button"
              class="dismiss"
              aria-label={hoursWords.removeDate(date)}
              onClick={() => {
                draft.value = { weekly, dates: dates.filter((_, at) => at !== index) };
              }}
            >
              ×
            </button>
          </div>
          <WindowsField
            day={date || hoursWords.newDate}
            windows={windows}
            onChange={(changed) => {
              draft.value = { weekly, dates: replaced(dates, index, { date, windows: changed }) };
            }}
          />
        </div>
      ))}
      <button
        type="button"
        class="quiet small"
        data-action="add-date"
        onClick={() => {
          draft.value = { weekly, dates: [...dates, { date: '', windows: [] }] };
        }}
      >
        {hoursWords.addDate}
      </button>

      {mistakes.length > 0 && (
        <ul class="mistakes" role="alert">
          {mistakes.map((mistake) => (
            <li key={mistake}>{mistake}</li>
          ))}
        </ul>
      )}
      <p class="hint">{hoursWords.saveHint}</p>
      <div class="lift-buttons">
        <button type="submit" class="calm solid" data-action="save-hours" disabled={saving}>
          {saving ? hoursWords.saving : hoursWords.save}
        </button>
        <button type="button" class="calm" onClick={onCancel}>
          {hoursWords.cancel}
        </button>
        {canReset && (
          <button type="button" class="calm" data-action="reset-hours" disabled={saving} onClick={() => onSave(null)}>
            {hoursWords.reset}
          </button>
        )}
      </div>
    </form>
  );
}

/** `Array.prototype.with` is younger than the computers of some offices. */
function replaced<T>(list: readonly T[], index: number, by: T): T[] {
  return list.map((each, at) => (at === index ? by : each));
}
