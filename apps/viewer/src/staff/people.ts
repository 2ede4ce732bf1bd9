import { ask } from '@peekaboo/shared/ask';
import type { ChangeRequest, InviteRequest, Person } from '@peekaboo/shared/entitlement';
import { type Invited, staffAsks } from '@peekaboo/shared/wire';
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Link } from '../net/socket.ts';

/** Guardians and staff, as whoever administers sees them. */
export type People = {
  /** Null until fetched. */
  readonly list: ReadonlySignal<readonly Person[] | null>;
  /** Whether the last attempt to fetch failed. */
  readonly stale: ReadonlySignal<boolean>;
  /** Fetches now and again every few seconds, until the returned function is called. */
  follow(): () => void;
  fetch(): Promise<void>;
  /** @throws what `ask` throws */
  invite(request: InviteRequest): Promise<Invited>;
  /** A link for another device of somebody who is known. @throws what `ask` throws */
  inviteAgain(guardian: string): Promise<Invited>;
  /** Resolves once it is in force. @throws what `ask` throws */
  change(request: ChangeRequest): Promise<void>;
};

const replyWithinMs = 6_000;
const fetchEveryMs = 5_000;

export function followPeople(link: Link): People {
  const list = signal<readonly Person[] | null>(null);
  const stale = signal(false);

  const fetch = async () => {
    try {
      list.value = (await ask(link.socket, staffAsks, 'guardians', {}, replyWithinMs)).guardians;
      stale.value = false;
    } catch {
      stale.value = true;
    }
  };
  const thenFetch = async <T>(asked: Promise<T>): Promise<T> => {
    const answer = await asked;
    void fetch();
    return answer;
  };

  return {
    list,
    stale,
    fetch,
    follow() {
      void fetch();
      const timer = setInterval(() => {
        if (!document.hidden && link.socket.connected) void fetch();
      }, fetchEveryMs);
      return () => clearInterval(timer);
    },
    invite: (request) => thenFetch(ask(link.socket, staffAsks, 'invite', request, replyWithinMs)),
    inviteAgain: (guardian) => thenFetch(ask(link.socket, staffAsks, 'invite.again', { guardian }, replyWithinMs)),
    change: async (request) => void (await thenFetch(ask(link.socket, staffAsks, 'guardian.change', request, replyWithinMs))),
  };
}
