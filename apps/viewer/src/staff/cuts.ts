import { ask } from '@peekaboo/shared/ask';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import type { Hold, Receipt, Scope } from '@peekaboo/shared/hold';
import { staffAsks } from '@peekaboo/shared/wire';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Socket } from 'socket.io-client';
import type { Link } from '../net/socket.ts';

/** What became of one press of Cut. */
export type Outcome =
  | { state: 'sending' }
  | { state: 'sending-offline' }
  | { state: 'not-sent' }
  | { state: 'no-reply' }
  | { state: 'refused'; code: ErrorCode }
  /** `arrivedAt` by the page's monotonic clock, in milliseconds. */
  | { state: 'answered'; receipt: Receipt; arrivedAt: number };

export type Cut = { readonly key: number; readonly scope: Scope; readonly pressedAt: number; readonly outcome: Outcome };

export type Cuts = {
  /** The latest press first; older ones only for as long as they are not certainly dark. */
  readonly list: ReadonlySignal<readonly Cut[]>;
  /** Cuts a room or everyone; removes a person or a device. */
  cut(scope: Scope, reason: string): void;
  dismiss(key: number): void;
  receiptChanged(receipt: Receipt): void;
  /** The holds in force now: "Dark" is not left standing over a hold that was lifted. */
  holdsChanged(holds: readonly Hold[]): void;
};

/** Longer than any lease, so that signal's own answer comes first whenever there is one. */
const replyWithinMs = 6_000;

/** `onRemoved` is called when somebody, or a device, was removed. */
export function startCuts(link: Link, onRemoved: () => void): Cuts {
  const list = signal<readonly Cut[]>([]);
  let lastKey = 0;
  let inForce = new Set<string>();

  const settle = (key: number, outcome: Outcome) => {
    list.value = list.peek().map((cut) => (cut.key === key ? { ...cut, outcome } : cut));
  };

  const send = async (key: number, scope: Scope, reason: string) => {
    // Within the time of one ask, a connection that comes back still carries the cut; after it, nothing is sent any more.
    let sent = link.socket.connected;
    const onConnect = () => {
      sent = true;
      settle(key, { state: 'sending' });
    };
    link.socket.once('connect', onConnect);
    if (!sent) link.hurry();
    try {
      const receipt = await order(link.socket, scope, reason);
      settle(key, { state: 'answered', receipt, arrivedAt: performance.now() });
    } catch (error) {
      if (error instanceof PeekabooError) settle(key, { state: 'refused', code: error.code });
      else settle(key, { state: sent ? 'no-reply' : 'not-sent' });
    } finally {
      link.socket.off('connect', onConnect);
      if (isRemoval(scope)) onRemoved();
    }
  };

  return {
    list,
    cut(scope, reason) {
      const pending = list.peek().find((cut) => isSameScope(cut.scope, scope) && isPending(cut.outcome));
      // Pressed again in a hurry: one hold is enough, and one lift should end it.
      if (pending) return link.hurry();
      lastKey += 1;
      const outcome: Outcome = { state: link.socket.connected ? 'sending' : 'sending-offline' };
      const kept = list.peek().filter((cut) => isOpen(cut.outcome) && !(isSameScope(cut.scope, scope) && isFailure(cut.outcome)));
      list.value = [{ key: lastKey, scope, pressedAt: Date.now(), outcome }, ...kept];
      void send(lastKey, scope, reason);
    },
    dismiss(key) {
      list.value = list.peek().filter((cut) => cut.key !== key);
    },
    receiptChanged(receipt) {
      for (const { key, outcome } of list.peek()) {
        if (outcome.state !== 'answered' || outcome.receipt.id !== receipt.id || outcome.receipt.state === 'confirmed') continue;
        settle(key, { state: 'answered', receipt, arrivedAt: performance.now() });
      }
    },
    holdsChanged(holds) {
      const now = new Set(holds.map(({ id }) => id));
      const isLifted = ({ outcome }: Cut) =>
        !isOpen(outcome) && outcome.state === 'answered' && inForce.has(outcome.receipt.hold.id) && !now.has(outcome.receipt.hold.id);
      if (list.peek().some(isLifted)) list.value = list.peek().filter((cut) => !isLifted(cut));
      inForce = now;
    },
  };
}

/** Whom a scope names is removed for good; what it names otherwise is cut, until staff lift it. */
function order(socket: Socket, scope: Scope, reason: string): Promise<Receipt> {
  switch (scope.kind) {
    case 'guardian':
      return ask(socket, staffAsks, 'guardian.remove', { guardian: scope.guardian, reason }, replyWithinMs);
    case 'pass':
      return ask(socket, staffAsks, 'revoke', { scope, reason }, replyWithinMs);
    default:
      return ask(socket, staffAsks, 'cut', { scope, reason }, replyWithinMs);
  }
}

export function isRemoval({ kind }: Scope): boolean {
  return kind === 'guardian' || kind === 'pass';
}

function isPending(outcome: Outcome): boolean {
  return outcome.state === 'sending' || outcome.state === 'sending-offline';
}

function isFailure(outcome: Outcome): boolean {
  return outcome.state === 'not-sent' || outcome.state === 'no-reply' || outcome.state === 'refused';
}

/** Whether staff still need to see it when another cut follows. */
function isOpen(outcome: Outcome): boolean {
  return outcome.state !== 'answered' || outcome.receipt.state !== 'confirmed';
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
