import type { NurserySnapshot } from '@peekaboo/shared/wire';
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockWithSeconds } from '../ui/times.ts';
import { receiptSaying, type Saying, scopeName, staffWords } from '../ui/words.ts';
import { type Cut, isSameScope, type Outcome } from './cuts.ts';
import type { Session } from './session.ts';

/** What became of the cuts: the measured result, or that there is none. Shown even when the page knows nothing else any more. */
export function Results({ session, nursery }: { session: Session; nursery: NurserySnapshot | null }) {
  return (
    <div class="results" role="alert">
      {session.cuts.list.value.map((cut) => (
        <Result key={cut.key} cut={cut} nursery={nursery} onDismiss={() => session.cuts.dismiss(cut.key)} />
      ))}
    </div>
  );
}

function Result({ cut, nursery, onDismiss }: { cut: Cut; nursery: NurserySnapshot | null; onDismiss: () => void }) {
  const { outcome } = cut;
  const sinceMs = useMsSince(outcome);
  const isHeld = nursery?.holds.some(({ scope }) => isSameScope(scope, cut.scope)) ?? false;
  const { title, text } = outcomeSaying(outcome, isHeld, sinceMs);
  const spoken = outcomeSaying(outcome, isHeld, 0).title;
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
          {scopeName(cut.scope, nursery?.rooms ?? [])}
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

function outcomeSaying(outcome: Outcome, isHeld: boolean, sinceMs: number): Saying {
  switch (outcome.state) {
    case 'sending':
      return { title: staffWords.sending, text: '' };
    case 'sending-offline':
      return { title: staffWords.sendingOffline, text: '' };
    case 'not-sent':
      return staffWords.notSent;
    case 'no-reply':
      return isHeld ? staffWords.noReplyButHeld : staffWords.noReply;
    case 'refused':
      return staffWords.refused(outcome.code);
    case 'answered':
      return receiptSaying(outcome.receipt, sinceMs);
    default:
      return outcome satisfies never;
  }
}

function look(outcome: Outcome): 'waiting' | 'dark' | 'warning' | 'failed' {
  if (outcome.state === 'sending') return 'waiting';
  if (outcome.state !== 'answered') return 'failed';
  return outcome.receipt.state === 'confirmed' ? 'dark' : 'warning';
}
