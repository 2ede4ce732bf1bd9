import { serveAsks } from '@peekaboo/shared/ask';
import type { Logger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import { tell } from '@peekaboo/shared/tell';
import { guardianAsks, guardianTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import type { Pages } from '../pages.ts';
import type { Guardian, Views } from '../views.ts';

/** Serves one guardian's browser from its connection to its end. */
export function serveGuardian(socket: Socket, pass: Pass, { views, pages, log }: { views: Views; pages: Pages; log: Logger }): void {
  const guardian: Guardian = {
    pass,
    tellClosed: (view, reason) => tell(socket, guardianTells, 'view.closed', { view, reason }),
  };
  const closePage = pages.openGuardian({ pass, show: (snapshot) => tell(socket, guardianTells, 'rooms', snapshot) });
  socket.on('disconnect', () => {
    closePage();
    views.closeAllOf(guardian);
  });

  serveAsks(
    socket,
    guardianAsks,
    {
      watch: ({ room }) => views.open(guardian, room),
      answer: async ({ view, sdp }) => {
        await views.answer(guardian, view, sdp);
        return {};
      },
      leave: ({ view }) => {
        views.leave(guardian, view);
        return {};
      },
    },
    { maxInProgress: 16, onDefect: (error, name) => log.error({ name, err: error }, 'a guardian message failed') },
  );
}
