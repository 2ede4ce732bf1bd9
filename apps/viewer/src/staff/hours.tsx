import { ask } from '@peekaboo/shared/ask';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hours } from '@peekaboo/shared/hours';
import { type HoursSnapshot, type NurserySnapshot, staffAsks } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { dateName, hoursFrom, hoursWords, timesOf, weekLines } from '../ui/hours-words.ts';
import { timeFrame } from '../ui/time-frame.ts';
import { sentences } from '../ui/words.ts';
import { HoursForm } from './hours-form.tsx';
import { useReturningFocus } from './returning-focus.ts';
import type { Session } from './session.ts';

const replyWithinMs = 6_000;

/** When each room may be watched, and whose word that is. */
export function HoursPlace({ session, nursery }: { session: Session; nursery: NurserySnapshot }) {
  const rooms = session.hours.value?.rooms ?? [];
  return (
    <section>
      <h2 class="section-title">{hoursWords.title}</h2>
      <ul class="hours-rooms">
        {rooms.map((room) => (
          <RoomHours key={room.id} room={room} session={session} nursery={nursery} />
        ))}
      </ul>
    </section>
  );
}

type Editing = { step: 'no' } | { step: 'editing'; mistakes: readonly string[] } | { step: 'saving' };
type RoomHoursProps = { room: HoursSnapshot['rooms'][number]; session: Session; nursery: NurserySnapshot };

function RoomHours({ room: { id, hours, from }, session, nursery }: RoomHoursProps) {
  const editing = useSignal<Editing>({ step: 'no' });
  const name = nursery.rooms.find((room) => room.id === id)?.name ?? id;
  const frame = timeFrame(nursery.nursery.timeZone);
  const save = async (changed: Hours | null) => {
    editing.value = { step: 'saving' };
    try {
      if (changed) await ask(session.link.socket, staffAsks, 'hours.set', { room: id, hours: changed }, replyWithinMs);
      else await ask(session.link.socket, staffAsks, 'hours.reset', { room: id }, replyWithinMs);
      editing.value = { step: 'no' };
    } catch (error) {
      editing.value = { step: 'editing', mistakes: mistakesOf(error) };
    }
  };
  const { value } = editing;
  const opener = useReturningFocus(value.step !== 'no');
  return (
    <li class="hold" data-hours={id} data-source={from.source}>
      <div class="hold-head">
        <div>
          <h3>{name}</h3>
          <p class="hint">{hoursFrom(from, frame)}</p>
        </div>
        {value.step === 'no' && (
          <button
            type="button"
            class="calm"
            data-action="edit-hours"
            ref={opener}
            aria-label={hoursWords.editOf(name)}
            onClick={() => {
              editing.value = { step: 'editing', mistakes: [] };
            }}
          >
            {hoursWords.edit}
          </button>
        )}
      </div>
      {value.step === 'no' ? (
        <Summary hours={hours} />
      ) : (
        <HoursForm
          hours={hours}
          canReset={from.source === 'staff'}
          saving={value.step === 'saving'}
          mistakes={value.step === 'editing' ? value.mistakes : []}
          onSave={(changed) => void save(changed)}
          onMistake={(sentence) => {
            editing.value = { step: 'editing', mistakes: [sentence] };
          }}
          onCancel={() => {
            editing.value = { step: 'no' };
          }}
        />
      )}
    </li>
  );
}

function Summary({ hours }: { hours: Hours }) {
  return (
    <dl class="hours-summary">
      {weekLines(hours).map(({ days, times }) => (
        <div key={days}>
          <dt>{days}</dt>
          <dd>{times}</dd>
        </div>
      ))}
      {hours.exceptions.map(({ date, windows }) => (
        <div key={date}>
          <dt>{dateName(date)}</dt>
          <dd>{timesOf(windows)}</dd>
        </div>
      ))}
    </dl>
  );
}

function mistakesOf(error: unknown): string[] {
  if (!(error instanceof PeekabooError)) return [hoursWords.notSaved];
  return [sentences[error.code], ...(error.facts.fields ?? [])];
}
