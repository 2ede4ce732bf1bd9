import type { Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { systemClock as clock } from '@peekaboo/shared/clock';
import type { ChangedEntitlement } from '@peekaboo/shared/entitlement';
import { StartError } from '@peekaboo/shared/errors';
import { followConfig } from '@peekaboo/shared/follow-config';
import type { EditedHours } from '@peekaboo/shared/hours';
import { createLogger } from '@peekaboo/shared/log';
import type { Pass } from '@peekaboo/shared/pass';
import { niceness, setNiceness } from '@peekaboo/shared/priority';
import { runProcess } from '@peekaboo/shared/process';
import { Permission } from './admission/permission.ts';
import { Alarms } from './alarms.ts';
import { openLedger } from './audit/open-ledger.ts';
import { Refusals } from './audit/refusals.ts';
import { ViewRecord } from './audit/view-record.ts';
import { loadSignalConfig } from './config.ts';
import { findAlarms } from './find-alarms.ts';
import { Gate } from './gate/gate.ts';
import { readTls, renewTls } from './gate/tls.ts';
import { guardianServer } from './handlers/guardian.ts';
import { serveSfu } from './handlers/sfu.ts';
import { serveStaff } from './handlers/staff.ts';
import { Holds } from './holds.ts';
import { countingPass } from './identity/counting-pass.ts';
import { Door } from './identity/door.ts';
import { Entitlements } from './identity/entitlements.ts';
import { openIssuer } from './identity/issuer.ts';
import { PassDesk } from './identity/pass-desk.ts';
import { servePasses } from './identity/pass-route.ts';
import { createPassVerifier } from './identity/passes.ts';
import { outsideTokens } from './identity/provider.ts';
import { openProviderSecret } from './identity/provider-secret.ts';
import { UsedProofs } from './identity/used-proofs.ts';
import { Joining } from './joining.ts';
import { KnownEdits } from './known-edits.ts';
import { createMetrics } from './metrics.ts';
import { Pages } from './pages.ts';
import { keyOfEdit, Rooms } from './rooms.ts';
import { buildServer } from './server.ts';
import { SfuLinks } from './sfu-links.ts';
import { openSockets, type Sockets } from './sockets.ts';
import { openStore } from './store/open-store.ts';
import { Views } from './views.ts';

const fixedForSignal = ['viewsPerGuardian', 'publicUrls', 'limits', 'tls', 'trustProxy', 'securityContact', 'periods'] as const;

await runProcess('signal', async (report) => {
  const config = loadSignalConfig(process.env);
  const log = createLogger('signal');
  if (!setNiceness(process.pid, niceness.timely))
    log.info('this process may not go first where processors are short: see docs/operations.md, priority');
  const { nursery, publicUrls, viewsPerGuardian, dataFolder, host, port, periods } = config;
  const { limits, trustProxy, securityContact } = config;
  const tls = config.tls && readTls(config.tls);
  const issuer = await openIssuer(dataFolder);
  const store = await openStore(config, log);
  const ledger = await openLedger({ folder: dataFolder, issuer, clock, log, periods: periods.ledger });
  const rooms = new Rooms(config);
  const refusals = new Refusals(ledger, clock);

  const sfuLinks = new SfuLinks({ clock, log, leaseMs: periods.lease.forMs, forgetAfterMs: periods.sfu.forgetAfterMs });
  const pages: Pages = new Pages({ rooms, sfuLinks, clock, holds: () => holds, views: () => views, alarms: () => alarms });
  const hours: KnownEdits<EditedHours> = new KnownEdits<EditedHours>({
    ...{ of: 'rooms', keyOf: keyOfEdit, log },
    stored: () => store.editedHours(),
    reassert: (lost) => store.reassertHours(lost),
    onChange: () => {
      rooms.useEdits(hours.all);
      views.review();
      pages.hoursChanged();
    },
  });
  const changes: KnownEdits<ChangedEntitlement> = new KnownEdits<ChangedEntitlement>({
    ...{ of: 'guardians', keyOf: ({ entitlement }) => entitlement.id, log },
    stored: () => store.changes.all(),
    reassert: (lost) => store.changes.reassert(lost),
    onChange: () => {
      views.review();
      sockets?.review();
      pages.changed();
    },
  });
  const holds: Holds = new Holds({
    ...{ store, edits: [hours, changes], ledger, sign: issuer.sign, sfuLinks, clock, log, periods },
    onChange: () => {
      views.review();
      sockets?.review();
      pages.changed();
    },
    onReceipt: (receipt) => pages.showReceipt(receipt),
  });
  let sockets: Sockets | undefined;
  const permission = new Permission({ rooms, holds, sfuLinks, viewsPerGuardian, clock });
  const record = new ViewRecord(ledger, refusals, rooms);
  const views = new Views({ permission, record, clock, log, onChange: () => pages.viewersChanged() });
  const joining = new Joining({ views, permission, sfuLinks, record, clock });
  const storeAnswers = () =>
    store.revision().then(
      () => holds.inForce !== undefined,
      () => false,
    );
  const alarms: Alarms = new Alarms({
    look: async () =>
      findAlarms({
        storeAnswers: await storeAnswers(),
        ledgerUnwritableMs: ledger.unwritableMs,
        storeWentBackAt: holds.storeWentBackAt,
        holdUnsavedSince: holds.unsavedSince,
        durabilityGaps: store.durabilityGaps,
        sfus: sfuLinks.all,
        ...{ periods, now: clock.now() },
      }),
    onChange: () => pages.viewersChanged(),
    log,
  });
  await holds.start();
  await alarms.look();
  alarms.start();

  const isReady = async () => ledger.writable && (await storeAnswers()) && sfuLinks.all.some(({ state }) => state === 'ready');
  const gate = new Gate({ limits, trustProxy, publicUrls, tls: tls !== undefined, log });
  const registry = createMetrics({ views, holds, sfuLinks, ledger, alarms, gate });
  const server = await buildServer({ gate, tls, securityContact, publicUrls, jwks: issuer.jwks, registry, isReady });
  const stopRenewingTls = config.tls && renewTls(server.server as TlsServer, config.tls, log);
  const verifyPass = createPassVerifier(issuer.jwks);
  const revoked = (pass: Pick<Pass, 'nursery' | 'role' | 'sub' | 'jti'>) => holds.revoked(pass);
  const usedProofs = new UsedProofs({ clock, since: clock.monotonic() - process.uptime() * 1_000 });
  const entitlements = new Entitlements({ rooms, store, ledger, clock, periods: periods.pass, revoked });
  const passDesk = new PassDesk({
    verifyOutsideToken:
      config.identityProvider &&
      outsideTokens({ ...config.identityProvider, secret: openProviderSecret(dataFolder), nursery: nursery.id, rooms }),
    ...{ nursery: nursery.id, store, ledger, refusals, issuer, clock, periods: periods.pass, revoked },
  });
  servePasses(server, { gate, passDesk, refusals, publicUrls, usedProofs, clock, log });
  const counting = (issued: Pass) => countingPass(issued, changes.all);
  const door = new Door({ nursery: nursery.id, publicUrls, verifyPass, usedProofs, passDesk, revoked, counting, refusals, clock });
  sockets = openSockets({
    ...{ httpServer: server.server, gate, door, revoked, reviewViews: () => views.review(), clock, log },
    handlers: {
      guardian: {
        roles: ['guardian', 'staff'],
        serve: guardianServer({ gate, door, joining, views, pages, log }),
      },
      staff: {
        roles: ['staff'],
        serve: (socket, holder) =>
          serveStaff(socket, holder, { door, rooms, store, holds, views, entitlements, pages, ledger, clock, log }),
      },
      sfu: {
        roles: ['sfu'],
        serve: (socket, holder) => serveSfu(socket, holder, { door, sfuLinks, holds, views, pages, ledger, log }),
      },
    },
  });
  await usedProofs.untilNewOnesCanBeTold();
  await server.listen({ host, port }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE')
      throw new StartError(`port ${port} is taken; stop the program that uses it, or choose another: PORT=8081 npm start`);
    throw new StartError(`cannot listen on ${host}:${port} (${error.code}); check HOST and PORT`);
  });
  const earlierRunIsDark = sfuLinks.begin();
  const listening = server.server.address() as AddressInfo;
  log.info({ host, port: listening.port }, 'signal is up');
  report({ port: listening.port, confirmsCuts: false });
  void earlierRunIsDark.then(() => report({ port: listening.port, confirmsCuts: true }));

  const stopFollowing = followConfig({
    ...{ path: config.path, started: config.file, fixed: fixedForSignal, log },
    take: (read) => {
      const file = loadSignalConfig(process.env, read);
      if (file.nursery.id !== nursery.id) throw new StartError(`${file.path}: nursery.id cannot change while signal runs; restart it`);
      const changed = rooms.useFile(file);
      if (changed.length > 0) ledger.record({ kind: 'config.changed', detail: { rooms: changed } });
      views.review();
      pages.hoursChanged();
    },
  });

  // Hours and passes are timed in the SFU. This catches what a timer cannot: a clock that was set.
  const reviewing = setInterval(() => {
    views.review();
    sockets?.review();
    sfuLinks.forgetLost();
  }, periods.review.everyMs);

  return async () => {
    stopFollowing();
    clearInterval(reviewing);
    alarms.close();
    stopRenewingTls?.();
    pages.close();
    await sockets?.close();
    await server.close();
    refusals.close();
    await ledger.close();
    await store.close();
  };
});
