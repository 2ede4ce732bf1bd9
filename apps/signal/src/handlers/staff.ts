import { serveAsks } from '@peekaboo/shared/ask';
import type { Clock } from '@peekaboo/shared/clock';
import { includesRight, type StaffRight } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import { isWithin, type Scope } from '@peekaboo/shared/hold';
import type { Hours } from '@peekaboo/shared/hours';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import { tell } from '@peekaboo/shared/tell';
import { staffAsks, staffTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { Ledger } from '../audit/ledger.ts';
import { editHours } from '../edit-hours.ts';
import type { Holds } from '../holds.ts';
import { changeEntitlement, refuseToLast } from '../identity/change.ts';
import type { Door, Holder } from '../identity/door.ts';
import type { Entitlements } from '../identity/entitlements.ts';
import type { Pages } from '../pages.ts';
import type { Rooms } from '../rooms.ts';
import type { Store } from '../store/store.ts';
import type { Views } from '../views.ts';

type Options = {
  door: Door;
  rooms: Rooms;
  store: Store;
  holds: Holds;
  views: Views;
  entitlements: Entitlements;
  pages: Pages;
  ledger: Ledger;
  clock: Clock;
  log: Logger;
};

/** Serves one staff page from its connection to its end. */
export function serveStaff(socket: Socket, holder: Holder, options: Options): void {
  const { door, rooms, store, holds, views, entitlements, pages, ledger, clock, log } = options;
  ledger.record({ kind: 'staff.connected', actor: holder.pass.sub, subject: holder.pass.jti, detail: {} });
  const closePage = pages.openStaff({
    get right() {
      return holder.pass.right ?? 'observe';
    },
    show: (snapshot) => tell(socket, staffTells, 'nursery', snapshot),
    showHours: (snapshot) => tell(socket, staffTells, 'hours', snapshot),
    showReceipt: (receipt) => tell(socket, staffTells, 'receipt', receipt),
  });
  socket.on('disconnect', closePage);

  /** The pass, if it counts and gives this right. */
  const passWith = (right: StaffRight): Pass => {
    const { pass } = holder;
    if (pass.exp * 1_000 <= clock.now()) throw new PeekabooError('PASS_EXPIRED');
    if (!includesRight(pass.right, right)) throw new PeekabooError('RIGHT_MISSING');
    return pass;
  };

  serveAsks(
    socket,
    staffAsks,
    {
      cut: ({ scope, reason }) => {
        const pass = passWith('cut');
        refuseOutside(pass, scope);
        return holds.cut(scope, reason, pass.sub);
      },
      lift: async ({ hold, reason }) => {
        const pass = passWith('cut');
        await holds.lift({ hold, nursery: pass.nursery, by: pass.sub, reason, at: clock.now() });
        return {};
      },
      'hours.set': ({ room, hours }) => edit(room, hours),
      'hours.reset': ({ room }) => edit(room, null),
      revoke: async ({ scope, reason }) => {
        const pass = passWith('administer');
        refuseOutside(pass, scope);
        const [receipt] = await Promise.all([
          holds.revoke(scope, reason, pass.sub),
          scope.kind === 'pass' && entitlements.withdraw(scope.pass),
        ]);
        return receipt;
      },
      guardians: async () => {
        passWith('administer');
        return { guardians: await entitlements.list(views.countByPass()) };
      },
      invite: (request) => entitlements.invite(request, passWith('administer').sub),
      'invite.again': ({ guardian }) => entitlements.inviteAgain(guardian, passWith('administer').sub),
      'guardian.change': async (request) => {
        const { sub } = passWith('administer');
        await changeEntitlement(request, sub, { rooms, store, ledger, holds, entitlements, clock });
        return {};
      },
      'guardian.remove': async ({ guardian, reason }) => {
        const { sub, nursery } = passWith('administer');
        if (guardian === sub) await refuseToLast(sub, entitlements);
        const [receipt] = await Promise.all([
          holds.revoke({ kind: 'guardian', nursery, guardian }, reason, sub), // dark first, whatever the store says
          entitlements.end(guardian, sub, reason),
        ]);
        return receipt;
      },
      renew: ({ proof }) => door.renew(holder, { proof, path: socket.nsp.name }),
    },
    { maxInProgress: 16, onDefect: (error, name) => log.error({ name, err: error }, 'a staff message failed') },
  );

  async function edit(room: string, hours: Hours | null): Promise<Record<string, never>> {
    const { nursery, sub } = passWith('administer');
    await editHours({ nursery, room, hours, by: sub, at: clock.now() }, { rooms, store, ledger, holds });
    return {};
  }
}

/** No staff role spans nurseries. @throws PeekabooError ROLE_NOT_ALLOWED. */
function refuseOutside({ nursery }: Pass, scope: Scope): void {
  if (!isWithin(scope, nursery)) throw new PeekabooError('ROLE_NOT_ALLOWED');
}
