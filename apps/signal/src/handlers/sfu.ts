import { serveAsks } from '@peekaboo/shared/ask';
import { PeekabooError } from '@peekaboo/shared/errors';
import { isWithin } from '@peekaboo/shared/hold';
import type { Logger } from '@peekaboo/shared/log';
import { onTells } from '@peekaboo/shared/tell';
import { sfuAsks, sfuTells } from '@peekaboo/shared/wire';
import type { Socket } from 'socket.io';
import { CameraChanges } from '../audit/camera-changes.ts';
import type { Ledger } from '../audit/ledger.ts';
import type { Holds } from '../holds.ts';
import type { Door, Holder } from '../identity/door.ts';
import { inTurns } from '../in-turns.ts';
import type { Pages } from '../pages.ts';
import type { SfuLink } from '../sfu-link.ts';
import type { SfuLinks } from '../sfu-links.ts';
import type { Views } from '../views.ts';

type Options = { door: Door; sfuLinks: SfuLinks; holds: Holds; views: Views; pages: Pages; ledger: Ledger; log: Logger };

/** Serves the link of one SFU. Nothing is believed before it has greeted; its pass names the only SFU it may be. */
export function serveSfu(socket: Socket, holder: Holder, { door, sfuLinks, holds, views, pages, ledger, log }: Options): void {
  const cameraChanges = new CameraChanges(ledger, holder.pass.sub);
  let link: SfuLink | undefined;
  const greeted = (): SfuLink => {
    if (!link) throw new PeekabooError('BAD_MESSAGE', { fields: ['say hello first'] });
    return link;
  };

  serveAsks(
    socket,
    sfuAsks,
    {
      hello: ({ sfu, cameras }) => {
        const { pass } = holder;
        if (sfu !== pass.sub || link) throw new PeekabooError('ROLE_NOT_ALLOWED');
        link = sfuLinks.of(sfu);
        views.closeAllOn(link); // those of an earlier connection
        if (link.connect(socket, cameras))
          log.warn(
            { sfu },
            'this SFU linked again while an older connection was open, which is closed: it lost its line, or two processes use the same sfu.id; for as long as the older lease lasts, cuts are not confirmed',
          );
        link.presented(pass);
        ledger.record({ kind: 'sfu.linked', actor: sfu, subject: pass.jti, detail: {} });
        for (const camera of cameras) cameraChanges.note(camera);
        log.info({ sfu, cameras: cameras.length }, 'SFU linked');
        void holds.sync(link).then(() => pages.changed());
        return {};
      },
      renew: async (auth) => {
        await door.present(holder, { auth, path: socket.nsp.name });
        link?.presented(holder.pass);
        return {};
      },
      'holds.offer': ({ holds: offered }) => {
        const from = greeted();
        if (!offered.every(({ scope }) => isWithin(scope, holder.pass.nursery))) throw new PeekabooError('ROLE_NOT_ALLOWED');
        holds.adopt(offered, from);
        return {};
      },
      'lease.renew': () => {
        greeted().asked();
        return holds.grantLease(greeted());
      },
    },
    { maxInProgress: 100, tells: sfuTells, onDefect: (error, name) => log.error({ name, err: error }, 'an SFU message failed') },
  );

  onTells(
    socket,
    sfuTells,
    {
      'camera.changed': (report) => {
        link?.updateCamera(report);
        if (link) cameraChanges.note(report);
        pages.changed();
      },
      'camera.gone': ({ camera }) => {
        link?.forgetCamera(camera);
        if (link) cameraChanges.gone(camera);
        pages.changed();
      },
      'guard.changed': ({ onDuty }) => link?.guardChanged(onDuty),
      'view.connected': ({ view }) => link && views.connected(link, view),
      'views.closed': ({ views: closed }) => {
        const from = link;
        if (from) void inTurns(closed, ({ view, reason }) => views.closedBySfu(from, view, reason));
      },
    },
    (error, name) => log.error({ name, err: error }, 'an SFU announcement was malformed'),
  );

  socket.on('disconnect', (reason) => {
    if (!link?.disconnect(socket)) return;
    const inOrder = reason === 'client namespace disconnect' || reason === 'server shutting down';
    log[inOrder ? 'info' : 'warn']({ sfu: link.id, reason }, 'SFU link lost');
    ledger.record({ kind: 'sfu.lost', actor: link.id, subject: holder.pass.jti, detail: {} });
    views.closeAllOn(link);
    pages.changed();
  });
}
