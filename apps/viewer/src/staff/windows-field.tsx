import { hoursWords } from '../ui/hours-words.ts';
import type { DraftWindow } from './hours-draft.ts';

type WindowsFieldProps = { day: string; windows: readonly DraftWindow[]; onChange: (windows: readonly DraftWindow[]) => void };

/** The times at which a day is open; none is a closed day. */
export function WindowsField({ day, windows, onChange }: WindowsFieldProps) {
  const change = (index: number, part: Partial<DraftWindow>) =>
    onChange(windows.map((window, at) => (at === index ? { ...window, ...part } : window)));
  return (
    <div class="windows">
      {windows.length === 0 && <span class="closed-day">{hoursWords.closed}</span>}
      {windows.map((window, index) => (
        <div key={index} class="window">
          <input
            type="time"
            required
            aria-label={hoursWords.opens(day)}
            value={window.from}
            onInput={(event) => change(index, { from: event.currentTarget.value })}
          />
          <span>{hoursWords.to}</span>
          <input
            type="time"
            required
            aria-label={hoursWords.closes(day)}
            value={window.to}
            onInput={(event) => change(index, { to: event.currentTarget.value })}
          />
          <button
            type="button"
            class="dismiss"
            data-action="remove-window"
            aria-label={hoursWords.remove(day, window.from)}
            onClick={() => onChange(windows.filter((_, at) => at !== index))}
          >
            ×
          </button>
        </div>
      ))}
      <button
        type="button"
        class="quiet small"
        data-action="add-window"
        aria-label={windows.length === 0 ? hoursWords.addWindow(day) : hoursWords.addAnother(day)}
        onClick={() => onChange([...windows, { from: '08:00', to: '18:00' }])}
      >
        {windows.length === 0 ? hoursWords.add : hoursWords.more}
      </button>
    </div>
  );
}
