import { serveAsks } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Scope } from '@peekaboo/shared/hold';
import type { Hours } from '@peekaboo/shared/hours';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import { tell } from '@peekaboo/shared/tell';
import { staffAsks, staffTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { Ledger } from '../audit/ledger.ts';
import { editHours } from '../edit-hours.ts';
import type { Holds } from '../holds.ts';
import type { Pages } from '../pages.ts';
import type { Rooms } from '../rooms.ts';
import type { Store } from '../store/store.ts';

type Options = { rooms: Rooms; store: Store; holds: Holds; pages: Pages; ledger: Ledger; clock: Clock; log: Logger };

/** Serves one staff page from its connection to its end. */
export function serveStaff(socket: Socket, pass: Pass, { rooms, store, holds, pages, ledger, clock, log }: Options): void {
  ledger.record({ kind: 'staff.connected', actor: pass.sub, subject: pass.jti, detail: {} });
  const closePage = pages.openStaff({
    show: (snapshot) => tell(socket, staffTells, 'nursery', snapshot),
    showHours: (snapshot) => tell(socket, staffTells, 'hours', snapshot),
    showReceipt: (receipt) => tell(socket, staffTells, 'receipt', receipt),
  });
  socket.on('disconnect', closePage);

  serveAsks(
    socket,
    staffAsks,
    {
      cut: ({ scope, reason }) => {
        refuseOutside(pass, scope, clock.now());
        return holds.cut(scope, reason, pass.sub);
      },
      revoke: ({ scope, reason }) => {
        refuseOutside(pass, scope, clock.now());
        return holds.revoke(scope, reason, pass.sub);
      },
      lift: async ({ hold, reason }) => {
        refuseExpired(pass, clock.now());
        await holds.lift({ hold, nursery: pass.nursery, by: pass.sub, reason, at: clock.now() });
        return {};
      },
      'hours.set': ({ room, hours }) => edit(room, hours),
      'hours.reset': ({ room }) => edit(room, null),
    },
    { maxInProgress: 16, onDefect: (error, name) => log.error({ name, err: error }, 'a staff message failed') },
  );

  async function edit(room: string, hours: Hours | null): Promise<Record<string, never>> {
    refuseExpired(pass, clock.now());
    await editHours({ nursery: pass.nursery, room, hours, by: pass.sub, at: clock.now() }, { rooms, store, ledger, holds });
    return {};
  }
}

/** No staff role spans nurseries. @throws PeekabooError ROLE_NOT_ALLOWED, PASS_EXPIRED. */
function refuseOutside(pass: Pass, scope: Scope, now: number): void {
  refuseExpired(pass, now);
  if (scope.kind === 'all' || scope.nursery !== pass.nursery) throw new PeekabooError('ROLE_NOT_ALLOWED');
}

function refuseExpired(pass: Pass, now: number): void {
  if (pass.exp * 1_000 <= now) throw new PeekabooError('PASS_EXPIRED');
}
