import type { Person } from '@peekaboo/shared/entitlement';
import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { removalSaying, removalWords, removedName } from '../ui/people-words.ts';
import { receiptSaying, scopeName, staffWords } from '../ui/staff-words.ts';
import { clockWithSeconds } from '../ui/times.ts';
import type { Saying } from '../ui/words.ts';
import { type Cut, isRemoval, isSameScope, type Outcome } from './cuts.ts';
import type { Session } from './session.ts';

/** What became of the cuts: the measured result, or that there is none. Shown even when the page knows nothing else any more. */
export function Results({ session, nursery }: { session: Session; nursery: NurserySnapshot | null }) {
  return (
    <div class="results" role="alert">
      {session.cuts.list.value.map((cut) => (
        <Result
          key={cut.key}
          cut={cut}
          nursery={nursery}
          people={session.people.list.value ?? []}
          onDismiss={() => session.cuts.dismiss(cut.key)}
        />
      ))}
    </div>
  );
}

type ResultProps = { cut: Cut; nursery: NurserySnapshot | null; people: readonly Person[]; onDismiss: () => void };

function Result({ cut, nursery, people, onDismiss }: ResultProps) {
  const { outcome } = cut;
  const sinceMs = useMsSince(outcome);
  const isHeld = nursery?.holds.some(({ scope }) => isSameScope(scope, cut.scope)) ?? false;
  const { title, text } = outcomeSaying(cut, isHeld, sinceMs);
  const spoken = outcomeSaying(cut, isHeld, 0).title;
  return (
    <section
      class={`result is-${look(outcome)}`}
      data-receipt={outcome.state === 'answered' ? outcome.receipt.state : undefined}
      data-outcome={outcome.state}
    >
      <div>
        {/* The countdown is for the eyes: read aloud ten times a second it would drown everything. */}
        <p class="result-title" aria-hidden="true">
          {title}
        </p>
        <p class="screen-reader-only">{spoken}</p>
        {text && <p aria-hidden="true">{text}</p>}
        <p class="result-about">
          {isRemoval(cut.scope) ? removedName(cut.scope, people) : scopeName(cut.scope, nursery?.rooms ?? [])}
          {nursery && ` · ${clockWithSeconds(cut.pressedAt, nursery.nursery.timeZone)}`}
          {outcome.state === 'answered' && ` · ${outcome.receipt.hold.reason}`}
        </p>
      </div>
      {outcome.state !== 'sending' && outcome.state !== 'sending-offline' && (
        <button type="button" class="dismiss" aria-label={staffWords.dismiss} onClick={onDismiss}>
          ×
        </button>
      )}
    </section>
  );
}

/** Milliseconds since the receipt arrived; drawn ten times a second while a lease is still running out. */
function useMsSince(outcome: Outcome): number {
  const now = useSignal(performance.now());
  const arrivedAt = outcome.state === 'answered' ? outcome.arrivedAt : null;
  const counting = outcome.state === 'answered' && outcome.receipt.state === 'not-confirmed';
  useEffect(() => {
    if (!counting) return;
    const timer = setInterval(() => {
      now.value = performance.now();
    }, 100);
    return () => clearInterval(timer);
  }, [counting, arrivedAt]);
  return arrivedAt === null ? 0 : Math.max(0, now.value - arrivedAt);
}

function outcomeSaying({ outcome, scope }: Cut, isHeld: boolean, sinceMs: number): Saying {
  const removal = isRemoval(scope);
  const words = removal ? removalWords : staffWords;
  switch (outcome.state) {
    case 'sending':
      return { title: words.sending, text: '' };
    case 'sending-offline':
      return { title: words.sendingOffline, text: '' };
    case 'not-sent':
      return words.notSent;
    case 'no-reply':
      return isHeld ? staffWords.noReplyButHeld : words.noReply;
    case 'refused':
      return words.refused(outcome.code);
    case 'answered':
      return removal ? removalSaying(outcome.receipt, sinceMs) : receiptSaying(outcome.receipt, sinceMs);
    default:
      return outcome satisfies never;
  }
}

function look(outcome: Outcome): 'waiting' | 'dark' | 'warning' | 'failed' {
  if (outcome.state === 'sending') return 'waiting';
  if (outcome.state !== 'answered') return 'failed';
  return outcome.receipt.state === 'confirmed' ? 'dark' : 'warning';
}
