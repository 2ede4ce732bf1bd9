import type { Clock } from '@peekaboo/shared/clock';
import type { Device, Entitlement } from '@peekaboo/shared/entitlement';
import { type ErrorCode, PeekabooError } from '@peekaboo/shared/errors';
import { newId } from '@peekaboo/shared/ids';
import type { Pass } from '@peekaboo/shared/pass';
import type { Periods } from '@peekaboo/shared/periods';
import type { Ledger } from '../audit/ledger.ts';
import type { Refusals } from '../audit/refusals.ts';
import type { Bound } from '../store/entitlement-store.ts';
import type { Store } from '../store/store.ts';
import { hashOf } from './invites.ts';
import type { Issuer } from './issuer.ts';
import { passTerms } from './pass-terms.ts';
import type { VerifyOutsideToken } from './provider.ts';
import { RecentPasses } from './recent-passes.ts';

/** A pass, and for how long it is good, in milliseconds. */
export type Issued = { pass: string; validForMs: number };
/** A device of somebody who is known; `isNew` when an invite or a token has just bound it. */
export type Claim = Bound & { isNew: boolean };

/** No pass is good for long enough that handing it out again for a minute would matter; short ones are shared for a part of their time. */
const sharedForMs = 60_000;
const sharedPart = 4;

export type PassDeskOptions = {
  nursery: string;
  store: Store;
  ledger: Ledger;
  refusals: Refusals;
  issuer: Issuer;
  /** Undefined without an outside identity provider. */
  verifyOutsideToken: VerifyOutsideToken | undefined;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pick<Pass, 'nursery' | 'role' | 'sub' | 'jti'>) => boolean | undefined;
  clock: Clock;
  periods: Periods['pass'];
};

/** Where devices get their passes: first find out whose device it is, then issue, for as long as the entitlement stands. */
export class PassDesk {
  readonly #options: PassDeskOptions;
  readonly #recent: RecentPasses;

  constructor(options: PassDeskOptions) {
    this.#options = options;
    this.#recent = new RecentPasses(options.clock, Math.min(sharedForMs, options.periods.validForMs / sharedPart));
  }

  /** Uses an invite up for the device with this key. @throws PeekabooError INVITE_UNKNOWN, STORE_UNAVAILABLE. */
  async byInvite(secret: string, role: Entitlement['role'], jkt: string): Promise<Claim> {
    const { nursery, store, clock } = this.#options;
    this.#needLedger();
    const swap = { hash: hashOf(secret), nursery, role, device: newDevice(jkt, clock.now()), now: clock.now() };
    const outcome = await store.entitlements.swap(swap);
    if (!outcome) throw new PeekabooError('INVITE_UNKNOWN');
    if ('refused' in outcome) throw this.#refuse(outcome.entitlement, 'INVITE_UNKNOWN');
    return { ...outcome, isNew: true };
  }

  /**
   * Uses an outside token up for the device with this key; what it entitles to ends with it.
   * @throws PeekabooError INVITE_UNKNOWN when another device has used it, PROOF_INVALID when it is bound to another (RFC 9449 section 7.1), PASS_REVOKED, BAD_MESSAGE without a provider, and as `VerifyOutsideToken`.
   */
  async byToken(token: string, jkt: string): Promise<Claim> {
    const { store, verifyOutsideToken, clock } = this.#options;
    this.#needLedger();
    if (!verifyOutsideToken) throw new PeekabooError('BAD_MESSAGE', { fields: ['token: there is no identity provider'] });
    const now = clock.now();
    const { entitlement, tokenHash: hash, jkt: boundTo } = await verifyOutsideToken(token, now);
    if (boundTo !== undefined && boundTo !== jkt) throw this.#refuse(entitlement.id, 'PROOF_INVALID');
    const invite = { hash, entitlement: entitlement.id, role: entitlement.role, expiresAt: entitlement.endsAt ?? now };
    const outcome = await store.entitlements.vouch({ entitlement, invite, device: newDevice(jkt, now), now });
    if ('refused' in outcome) throw this.#refuse(entitlement.id, outcome.refused === 'used' ? 'INVITE_UNKNOWN' : 'PASS_REVOKED');
    return { ...outcome, isNew: true };
  }

  /** Whose device has this key. @throws PeekabooError DEVICE_UNKNOWN, STORE_UNAVAILABLE. */
  async byKey(jkt: string): Promise<Claim> {
    const bound = await this.#options.store.entitlements.ofDevice(jkt);
    if (bound?.entitlement.nursery !== this.#options.nursery) throw new PeekabooError('DEVICE_UNKNOWN');
    return { ...bound, isNew: false };
  }

  /**
   * A pass for a device, which nobody has before the ledger does. Asked for again within a minute it is the same one.
   * @throws PeekabooError PASS_REVOKED, PASS_EXPIRED when the entitlement has run out, STORE_UNAVAILABLE.
   */
  async issue({ entitlement, device, isNew }: Claim): Promise<Issued> {
    const { issuer, ledger, revoked, clock, periods } = this.#options;
    this.#needLedger();
    const now = clock.now();
    const { id: sub, nursery, role } = entitlement;
    const isRevoked = revoked({ nursery, role, sub, jti: device.pass });
    if (entitlement.ended || isRevoked) throw new PeekabooError('PASS_REVOKED');
    if (isRevoked === undefined) throw new PeekabooError('STORE_UNAVAILABLE');
    if (hasRunOut(entitlement, now)) throw new PeekabooError('PASS_EXPIRED');
    const endsAt = Math.min(now + periods.validForMs, entitlement.endsAt ?? Number.POSITIVE_INFINITY);
    const claims = passTerms(entitlement, device);
    return this.#recent.getOrMake(device.pass, JSON.stringify([claims, entitlement.endsAt]), endsAt, async () => {
      const validForSeconds = Math.floor(endsAt / 1_000) - Math.floor(now / 1_000); // so that it ends no later
      const pass = await issuer.issue({ ...claims, validForSeconds }, now);
      const event = { actor: sub, subject: device.pass };
      if (isNew)
        await ledger.recordOrRefuse({ kind: 'device.bound', ...event, detail: { device: device.jkt, invitedBy: entitlement.createdBy } });
      await ledger.recordOrRefuse({ kind: 'pass.issued', ...event, detail: { device: device.jkt } });
      return pass; // refused before: the same device may ask again
    });
  }

  /** A new pass for a device that is known, by its key alone. @throws PeekabooError as `byKey` and `issue`. */
  async renew(jkt: string): Promise<Issued> {
    return this.issue(await this.byKey(jkt));
  }

  /** Somebody is known who gets no pass: the ledger is to know. */
  #refuse(guardian: string, code: ErrorCode): PeekabooError {
    this.#options.refusals.note({ kind: 'pass.refused', guardian, pass: null, room: null, code });
    return new PeekabooError(code);
  }

  /** What is not in the ledger must not happen. */
  #needLedger(): void {
    if (!this.#options.ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
  }
}

function newDevice(jkt: string, now: number): Device {
  return { jkt, pass: newId('pass'), since: now };
}

/** Whether an entitlement is over by `now`, or so soon that no pass can be made. */
export function hasRunOut({ endsAt }: Entitlement, now: number): boolean {
  return endsAt !== undefined && endsAt - now < 1_000; // passes count whole seconds
}
