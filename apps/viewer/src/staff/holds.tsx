import { ask } from '@peekaboo/shared/ask';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Hold } from '@peekaboo/shared/hold';
import { type NurserySnapshot, staffAsks } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import type { Link } from '../net/socket.ts';
import { person, scopeName, staffWords } from '../ui/staff-words.ts';
import { timeFrame } from '../ui/time-frame.ts';
import { dayAndClock } from '../ui/times.ts';
import { sentences } from '../ui/words.ts';
import { LiftForm } from './lift-form.tsx';
import { useReturningFocus } from './returning-focus.ts';

const replyWithinMs = 6_000;

/** What is dark, since when, by whom and why; and the way back. */
export function Holds({ link, nursery }: { link: Link; nursery: NurserySnapshot }) {
  const newestFirst = [...nursery.holds].sort((a, b) => b.at - a.at);
  return (
    <section>
      <h2 class="section-title">{staffWords.holds}</h2>
      {newestFirst.length === 0 && <p class="hint">{staffWords.noHolds}</p>}
      <ul class="holds">
        {newestFirst.map((hold) => (
          <HoldItem key={hold.id} hold={hold} link={link} nursery={nursery} />
        ))}
      </ul>
      {nursery.revocations > 0 && <p class="hint">{staffWords.withdrawn(nursery.revocations)}</p>}
    </section>
  );
}

type Lifting = { step: 'no' } | { step: 'confirm'; trouble: string | null } | { step: 'asked' };

function HoldItem({ hold, link, nursery }: { hold: Hold; link: Link; nursery: NurserySnapshot }) {
  const lifting = useSignal<Lifting>({ step: 'no' });
  const opener = useReturningFocus(lifting.value.step === 'confirm');
  const reason = useSignal(staffWords.defaultLiftReason);
  const lift = async () => {
    lifting.value = { step: 'asked' };
    try {
      await ask(
        link.socket,
        staffAsks,
        'lift',
        { hold: hold.id, reason: reason.value.trim() || staffWords.defaultLiftReason },
        replyWithinMs,
      );
      // The next snapshot takes the hold away; until then this stays.
    } catch (error) {
      lifting.value = { step: 'confirm', trouble: error instanceof PeekabooError ? sentences[error.code] : staffWords.liftNotSent };
    }
  };
  const frame = timeFrame(nursery.nursery.timeZone);
  const confirm = lifting.value.step === 'confirm' ? lifting.value : null;
  return (
    <li class="hold" data-hold={hold.id}>
      <div class="hold-head">
        <div>
          <h3>{scopeName(hold.scope, nursery.rooms)}</h3>
          <p>{hold.reason}</p>
          <p class="hint" title={hold.by}>
            {staffWords.heldBy(person(hold.by), dayAndClock(hold.at, frame.now, frame.timeZone))}
          </p>
        </div>
        {!confirm && (
          <button
            type="button"
            class="calm"
            data-action="lift"
            ref={opener}
            aria-disabled={lifting.value.step === 'asked'}
            onClick={() => {
              if (lifting.value.step === 'no') lifting.value = { step: 'confirm', trouble: null };
            }}
          >
            {lifting.value.step === 'asked' ? staffWords.lifting : staffWords.lift}
          </button>
        )}
      </div>
      {confirm && (
        <LiftForm
          reason={reason}
          trouble={confirm.trouble}
          onLift={() => void lift()}
          onCancel={() => {
            lifting.value = { step: 'no' };
          }}
        />
      )}
    </li>
  );
}
