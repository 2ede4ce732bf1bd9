import type { Person } from '@peekaboo/shared/entitlement';
import type { Invited, NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { useCopying } from '../ui/copying.ts';
import { peopleWords } from '../ui/people-words.ts';
import { timeFrame } from '../ui/time-frame.ts';

type InviteLinkProps = {
  name: string;
  role: Person['role'];
  invited: Invited;
  nursery: NurserySnapshot['nursery'];
  onDone: () => void;
};

/** A link that was just made, to hand over: as text, as a code, on paper. It is shown this once; nobody can look it up again. */
export function InviteLink({ name, role, invited, nursery, onDone }: InviteLinkProps) {
  const link = `${location.origin}${invited.path}`;
  const frame = timeFrame(nursery.timeZone);
  const QrCode = useQrCode();
  const { copy, copied } = useCopying(link);
  const field = useRef<HTMLInputElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <article class="invite-link" data-invite={invited.guardian}>
      <div class="invite-code">{QrCode && <QrCode text={link} />}</div>
      <div class="invite-facts">
        <h3 class="screen-only" ref={heading} tabIndex={-1}>
          {peopleWords.linkFor(name)}
        </h3>
        <div class="paper-only">
          <h2>{peopleWords[role].sheetTitle(nursery.name)}</h2>
          <ol>
            {peopleWords.sheetSteps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </div>
        <p class="screen-only">{peopleWords.linkOnce}</p>
        <p class="screen-only">{peopleWords.linkUntil(invited.expiresAt, frame)}</p>
        <p class="paper-only">{peopleWords.linkUntilDate(invited.expiresAt, frame)}</p>
        {isLocal(location.hostname) && <p class="form-trouble screen-only">{peopleWords.linkOnlyHere}</p>}
        <input
          class="screen-only"
          type="text"
          readOnly
          value={link}
          aria-label={peopleWords.link}
          data-field="link"
          ref={field}
          onFocus={(event) => event.currentTarget.select()}
        />
        <div class="form-buttons screen-only">
          <button
            type="button"
            class="primary"
            data-action="copy-link"
            onClick={() => {
              field.current?.select();
              void copy();
            }}
          >
            {peopleWords.copy}
          </button>
          <button type="button" class="quiet" data-action="print-link" onClick={() => print()}>
            {peopleWords.print}
          </button>
          <button type="button" class="quiet" data-action="done" onClick={onDone}>
            {peopleWords.done}
          </button>
          <span role="status">{copied.value !== null && (copied.value ? peopleWords.copied : peopleWords.copyYourself)}</span>
        </div>
        <p class="paper-only paper-for">{name}</p>
      </div>
    </article>
  );
}

/** Drawing codes is code of its own, fetched when there is one to draw. */
function useQrCode(): ComponentType<{ text: string }> | null {
  const drawing = useSignal<ComponentType<{ text: string }> | null>(null);
  useEffect(() => {
    import('./qr-code.tsx').then(
      ({ QrCode }) => {
        drawing.value = QrCode;
      },
      () => {}, // the link is there without it
    );
  }, []);
  return drawing.value;
}

function isLocal(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
}
