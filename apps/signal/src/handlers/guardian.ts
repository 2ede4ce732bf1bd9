import { serveAsks } from '@peekaboo/shared/ask';
import type { Logger } from '@peekaboo/shared/log';
import { tell } from '@peekaboo/shared/tell';
import { guardianAsks, guardianTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { Gate } from '../gate/gate.ts';
import type { Door, Holder } from '../identity/door.ts';
import type { Joining } from '../joining.ts';
import type { Pages } from '../pages.ts';
import type { Guardian } from '../view.ts';
import type { Views } from '../views.ts';

type Options = { gate: Gate; door: Door; joining: Joining; views: Views; pages: Pages; log: Logger };

/** Serves one guardian's browser from its connection to its end. */
export function serveGuardian(socket: Socket, holder: Holder, { gate, door, joining, views, pages, log }: Options): void {
  const guardian: Guardian = {
    get pass() {
      return holder.pass;
    },
    provenKey: holder.jkt,
    proveAnswer: (answer) => door.proveAnswer(holder, answer),
    tellLimit: (view, validUntil) => tell(socket, guardianTells, 'view.limit', { view, validUntil }),
    tellClosed: (view, reason) => tell(socket, guardianTells, 'view.closed', { view, reason }),
  };
  const closePage = pages.openGuardian({ holder, show: (snapshot) => tell(socket, guardianTells, 'rooms', snapshot) });
  socket.on('disconnect', () => {
    closePage();
    views.closeAllOf(guardian);
  });

  serveAsks(
    socket,
    guardianAsks,
    {
      watch: ({ room }) => joining.open(guardian, room),
      renew: async ({ proof }) => {
        const issued = await door.renew(holder, { proof, path: socket.nsp.name, host: gate.hostOf(socket.request) });
        views.review(guardian); // they may go on for longer
        return issued;
      },
      answer: async (answer) => {
        await joining.answer(guardian, answer);
        return {};
      },
      leave: async ({ view }) => {
        await joining.leave(guardian, view);
        return {};
      },
    },
    {
      maxInProgress: 16,
      admit: async () => {
        if (!(await gate.limits.mayAsk(holder.pass.sub))) throw door.busy(holder);
      },
      onDefect: (error, name) => log.error({ name, err: error }, 'a guardian message failed'),
    },
  );
}
