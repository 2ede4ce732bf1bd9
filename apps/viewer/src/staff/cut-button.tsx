import type { Scope } from '@peekaboo/shared/hold';
import type { ComponentChildren } from 'preact';
import { staffWords } from '../ui/staff-words.ts';
import type { Session } from './session.ts';

type CutButtonProps = {
  action: 'cut-room' | 'cut-everyone';
  session: Session;
  scope: Scope;
  label: string;
  /** Already dark: still a Cut, but not one that shouts. */
  quiet: boolean;
  children: ComponentChildren;
};

/** Cuts at one tap. Never disabled: without a connection it says so in red, and tries. */
export function CutButton({ action, session, scope, label, quiet, children }: CutButtonProps) {
  return (
    <button
      type="button"
      class={quiet ? 'cut quiet-cut' : 'cut'}
      data-action={action}
      data-room={scope.kind === 'room' ? scope.room : undefined}
      aria-label={label}
      onClick={(event) => {
        // The second click of a double click is not a second cut.
        if (event.detail > 1) return;
        session.cuts.cut(scope, session.reason.value.trim() || staffWords.defaultReason);
      }}
    >
      {children}
    </button>
  );
}
