import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { staffWords } from '../ui/staff-words.ts';
import { CutButton } from './cut-button.tsx';
import type { Session } from './session.ts';

/** Always within the thumb's reach: Cut everyone, and the reason that goes with any cut. */
export function CutBar({ session, nursery: { nursery } }: { session: Session; nursery: NurserySnapshot }) {
  return (
    <aside class="cut-bar">
      <details class="reason">
        <summary>
          {staffWords.reason}: <strong>{session.reason.value.trim() || staffWords.defaultReason}</strong>
        </summary>
        <div class="reason-body">
          <div class="chips">
            {staffWords.reasons.map((reason) => (
              <button
                key={reason}
                type="button"
                class="chip"
                aria-pressed={session.reason.value === reason}
                onClick={() => {
                  session.reason.value = reason;
                }}
              >
                {reason}
              </button>
            ))}
          </div>
          <input
            type="text"
            maxLength={200}
            aria-label={staffWords.reason}
            value={session.reason.value}
            onInput={(event) => {
              session.reason.value = event.currentTarget.value;
            }}
          />
          <p class="hint">{staffWords.reasonHint}</p>
        </div>
      </details>
      <CutButton
        action="cut-everyone"
        session={session}
        scope={{ kind: 'nursery', nursery: nursery.id }}
        label={staffWords.cutEveryone}
        quiet={false}
      >
        {staffWords.cutEveryone}
      </CutButton>
    </aside>
  );
}
