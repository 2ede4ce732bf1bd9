import { weekdays } from '@peekaboo/shared/hours';
import { dayNames, hoursWords } from '../ui/hours-words.ts';
import type { Draft } from './hours-draft.ts';
import { WindowsField } from './windows-field.tsx';

type WeekFieldsProps = { weekly: Draft['weekly']; onChange: (weekly: Draft['weekly']) => void };

/** The windows of each weekday. */
export function WeekFields({ weekly, onChange }: WeekFieldsProps) {
  return (
    <>
      {weekdays.map((day) => (
        <div key={day} class="day" data-day={day}>
          <span class="day-name">{dayNames[day]}</span>
          <WindowsField day={dayNames[day]} windows={weekly[day]} onChange={(windows) => onChange({ ...weekly, [day]: windows })} />
        </div>
      ))}
      <button
        type="button"
        class="quiet small"
        data-action="copy-monday"
        onClick={() => {
          const { mon } = weekly;
          onChange({ ...weekly, tue: mon, wed: mon, thu: mon, fri: mon });
        }}
      >
        {hoursWords.copyToWeek}
      </button>
    </>
  );
}
