import type { Clock } from '@peekaboo/shared/clock';
import { errorCatalogue, PeekabooError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import { type PassRequest, passRequest } from '@peekaboo/shared/wire';
import type { FastifyInstance } from 'fastify';
import type { Refusals } from '../audit/refusals.ts';
import type { Gate } from '../gate/gate.ts';
import { isOwnAddress } from './addresses.ts';
import type { Claim, PassDesk } from './pass-desk.ts';
import { verifyProof } from './proof.ts';
import type { ProofMemory } from './used-proofs.ts';

export type PassRouteOptions = {
  gate: Gate;
  passDesk: PassDesk;
  refusals: Refusals;
  publicUrls: readonly string[];
  usedProofs: ProofMemory;
  clock: Clock;
  log: Logger;
};

/**
 * `POST /pass`: hands out passes to whoever proves a key (RFC 9449): for an invite, which is used up, or to a device that is
 * known. Nothing of it is ever in a query string, nor kept by caches.
 */
export function servePasses(
  server: FastifyInstance,
  { gate, passDesk, refusals, publicUrls, usedProofs, clock, log }: PassRouteOptions,
): void {
  server.post('/pass', async ({ body, headers, raw }, reply) => {
    reply.header('cache-control', 'no-store');
    try {
      await gate.limits.turnOf(gate.addressOf(raw));
      const request = passRequest.safeParse(body);
      if (!request.success) throw new PeekabooError('BAD_MESSAGE', { fields: ['send {invite, role}, {token} or {}'] });
      const isHere = (url: URL) => isOwnAddress(url, gate.hostOf(raw), publicUrls);
      const expected = { method: 'POST', path: '/pass', isHere, ath: undefined, now: clock.now() } as const;
      const proven = await verifyProof(String(headers.dpop ?? ''), expected);
      const claim = await claimOf(request.data, proven.jkt);
      const { entitlement, device } = claim;
      return await refusals.noting({ kind: 'pass.refused', guardian: entitlement.id, pass: device.pass, room: null }, async () => {
        // Only now: what strangers send takes no place in the memory. A proof that comes again has bound nothing but its own key.
        await usedProofs.use(proven, entitlement.role);
        return passDesk.issue(claim);
      });
    } catch (error) {
      if (!(error instanceof PeekabooError) || error.cause !== undefined) log.error({ err: error }, 'a pass could not be issued');
      const refusal = error instanceof PeekabooError ? error : new PeekabooError('INTERNAL');
      log.info({ code: refusal.code }, 'no pass');
      const { status } = errorCatalogue[refusal.code];
      // Neighbours do not answer for a clock that is wrong, nor anybody for a store that is away.
      if (status < 429 && refusal.code !== 'PROOF_STALE') gate.limits.refused(gate.addressOf(raw));
      return reply.code(status).send({ error: refusal.toWire() });
    }
  });

  function claimOf(request: PassRequest, jkt: string): Promise<Claim> {
    if ('token' in request) return passDesk.byToken(request.token, jkt);
    if ('invite' in request) return passDesk.byInvite(request.invite, request.role, jkt);
    return passDesk.byKey(jkt);
  }
}
