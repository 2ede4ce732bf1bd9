import type { Clock } from '@peekaboo/shared/clock';
import type { Entitlement, InviteRequest, Person } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import { newId } from '@peekaboo/shared/ids';
import type { Pass } from '@peekaboo/shared/pass';
import type { Periods } from '@peekaboo/shared/periods';
import { findHoursMistakes } from '../admission/hours.ts';
import type { Ledger } from '../audit/ledger.ts';
import type { Bound } from '../store/entitlement-store.ts';
import type { Store } from '../store/store.ts';
import { hashOf, newEntitlement, newInvite } from './invites.ts';
import type { Issuer } from './issuer.ts';
import type { VerifyOutsideToken } from './provider.ts';

/** A new pass, and for how long it is good, in milliseconds. */
export type Issued = { pass: string; validForMs: number };
export type Invited = { guardian: string; path: string; expiresAt: number };

export type EntitlementsOptions = {
  rooms: { readonly nursery: { id: string; timeZone: string }; has(id: string): boolean };
  store: Store;
  ledger: Ledger;
  issuer: Issuer;
  /** Undefined without an outside identity provider. */
  verifyOutsideToken: VerifyOutsideToken | undefined;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pick<Pass, 'nursery' | 'role' | 'sub' | 'jti'>) => boolean | undefined;
  clock: Clock;
  periods: Periods['pass'];
};

/** Who may have passes: staff invite, a device binds itself, and gets short passes for as long as its entitlement stands. */
export class Entitlements {
  readonly #options: EntitlementsOptions;

  constructor(options: EntitlementsOptions) {
    this.#options = options;
  }

  /** Everybody of the nursery, as those who administer see them, in the order in which they were invited. `watching`: open views by pass. */
  async list(watching: ReadonlyMap<string, number>): Promise<Person[]> {
    const { store, rooms, clock } = this.#options;
    const known = await store.entitlements.list(rooms.nursery.id);
    return known.map(({ entitlement, devices }) => {
      const { nursery: _, createdBy, ended, ...facts } = entitlement;
      const isOver = ended !== undefined || hasRunOut(entitlement, clock.now()) || this.#isRevoked(entitlement) === true;
      const standing = isOver ? [] : devices.filter(({ pass }) => this.#isRevoked(entitlement, pass) !== true);
      const state = isOver ? 'ended' : standing.length > 0 ? 'active' : 'invited';
      return { ...facts, state, devices: standing.map(({ pass, since }) => ({ pass, since, watching: watching.get(pass) ?? 0 })) };
    });
  }

  /** Makes an entitlement and the first invite to it. @throws PeekabooError HOURS_INVALID, BAD_MESSAGE, STORE_UNAVAILABLE. */
  async invite(request: InviteRequest, by: string): Promise<Invited> {
    const { store, rooms, clock } = this.#options;
    this.#needLedger();
    const badHours = request.hours ? findHoursMistakes(request.hours, rooms.nursery.timeZone) : [];
    if (badHours.length > 0) throw new PeekabooError('HOURS_INVALID', { fields: badHours.slice(0, 10).map((each) => each.slice(0, 200)) });
    const mistakes: string[] = [];
    const stray = request.rooms.find((room) => !rooms.has(room));
    if (stray !== undefined) mistakes.push(`rooms: there is no room "${stray}"`);
    if (request.endsAt !== undefined && request.endsAt <= clock.now()) mistakes.push('endsAt: is over already');
    if (mistakes.length > 0) throw new PeekabooError('BAD_MESSAGE', { fields: mistakes });
    const entitlement = newEntitlement(request, { nursery: rooms.nursery.id, by, now: clock.now() });
    await store.entitlements.add(entitlement);
    return this.#newInvite(entitlement, by);
  }

  /** Another invite to an entitlement that stands: for another device, or when the first ran out. @throws PeekabooError PERSON_UNKNOWN. */
  async inviteAgain(id: string, by: string): Promise<Invited> {
    this.#needLedger();
    const { store, rooms, clock } = this.#options;
    const known = (await store.entitlements.list(rooms.nursery.id)).find(({ entitlement }) => entitlement.id === id)?.entitlement;
    if (!known || known.ended || hasRunOut(known, clock.now()) || this.#isRevoked(known)) throw new PeekabooError('PERSON_UNKNOWN');
    return this.#newInvite(known, by);
  }

  /** Uses an invite up for the device with this key. @throws PeekabooError INVITE_UNKNOWN, and as `renew`. */
  async swap(secret: string, role: Entitlement['role'], jkt: string): Promise<Issued> {
    this.#needLedger();
    const { store, ledger, clock } = this.#options;
    const now = clock.now();
    const device = { jkt, pass: newId('pass'), since: now };
    const bound = await store.entitlements.swap({ hash: hashOf(secret), role, device, now });
    if (!bound) throw new PeekabooError('INVITE_UNKNOWN');
    const { entitlement } = bound;
    const detail = { device: jkt, invitedBy: entitlement.createdBy };
    await ledger.recordOrRefuse({ kind: 'device.bound', actor: entitlement.id, subject: bound.device.pass, detail });
    return this.#issue(bound); // should it have been refused: the same device may swap again
  }

  /**
   * Uses an outside token up for the device with this key; what it entitles to ends with it.
   * @throws PeekabooError INVITE_UNKNOWN when another device has used it, BAD_MESSAGE without a provider, and as `VerifyOutsideToken` and `renew`.
   */
  async swapToken(token: string, jkt: string): Promise<Issued> {
    this.#needLedger();
    const { store, ledger, verifyOutsideToken, clock } = this.#options;
    if (!verifyOutsideToken) throw new PeekabooError('BAD_MESSAGE', { fields: ['token: there is no identity provider'] });
    const now = clock.now();
    const { entitlement, tokenHash: hash } = await verifyOutsideToken(token, now);
    const invite = { hash, entitlement: entitlement.id, role: entitlement.role, expiresAt: entitlement.endsAt ?? now };
    const bound = await store.entitlements.vouch({ entitlement, invite, device: { jkt, pass: newId('pass'), since: now }, now });
    if (!bound) throw new PeekabooError('INVITE_UNKNOWN');
    const detail = { device: jkt, invitedBy: entitlement.createdBy };
    await ledger.recordOrRefuse({ kind: 'device.bound', actor: entitlement.id, subject: bound.device.pass, detail });
    return this.#issue(bound);
  }

  /**
   * A new pass for a device that is known, by its key alone.
   * @throws PeekabooError DEVICE_UNKNOWN, PASS_REVOKED, PASS_EXPIRED when the entitlement has run out, STORE_UNAVAILABLE.
   */
  async renew(jkt: string): Promise<Issued> {
    this.#needLedger();
    return this.#issue(await this.#boundTo(jkt));
  }

  /** What the person is who has this device. @throws PeekabooError DEVICE_UNKNOWN, STORE_UNAVAILABLE. */
  async roleOf(jkt: string): Promise<Entitlement['role']> {
    return (await this.#boundTo(jkt)).entitlement.role;
  }

  /** Ends an entitlement for good. What is open is ended by a revocation. @throws PeekabooError PERSON_UNKNOWN. */
  async end(id: string, by: string, reason: string): Promise<void> {
    const { store, rooms, ledger, clock } = this.#options;
    if (!(await store.entitlements.end(id, rooms.nursery.id, { at: clock.now(), by }))) throw new PeekabooError('PERSON_UNKNOWN');
    ledger.record({ kind: 'removed', actor: by, subject: id, detail: { reason } });
  }

  async #newInvite(entitlement: Entitlement, by: string): Promise<Invited> {
    const { store, ledger, clock, periods } = this.#options;
    const expiresAt = clock.now() + periods.inviteForMs;
    const { invite, path } = newInvite(entitlement, expiresAt);
    const { id, role, right, rooms, endsAt } = entitlement;
    const detail = { role, ...(right && { right }), rooms, ...(endsAt !== undefined && { endsAt }), expiresAt };
    await ledger.recordOrRefuse({ kind: 'invited', actor: by, subject: id, detail });
    await store.entitlements.invite(invite, clock.now());
    return { guardian: id, path, expiresAt };
  }

  async #issue({ entitlement, device }: Bound): Promise<Issued> {
    const { issuer, ledger, clock, periods } = this.#options;
    const now = clock.now();
    const { id: sub, nursery, role, rooms, hours, right } = entitlement;
    const revoked = this.#isRevoked(entitlement, device.pass);
    if (entitlement.ended || revoked) throw new PeekabooError('PASS_REVOKED');
    if (revoked === undefined) throw new PeekabooError('STORE_UNAVAILABLE');
    if (hasRunOut(entitlement, now)) throw new PeekabooError('PASS_EXPIRED');
    const validForMs = Math.min(periods.validForMs, (entitlement.endsAt ?? Number.POSITIVE_INFINITY) - now);
    const claims = {
      sub,
      role,
      nursery,
      rooms,
      ...(hours && { hours }),
      ...(right && { right }),
      cnf: { jkt: device.jkt },
      jti: device.pass,
    };
    const validForSeconds = Math.floor((now + validForMs) / 1_000) - Math.floor(now / 1_000); // so that it ends no later
    const pass = await issuer.issue({ ...claims, validForSeconds }, now);
    await ledger.recordOrRefuse({ kind: 'pass.issued', actor: sub, subject: device.pass, detail: { device: device.jkt } });
    return { pass, validForMs };
  }

  #isRevoked({ id: sub, nursery, role }: Entitlement, jti = ''): boolean | undefined {
    return this.#options.revoked({ nursery, role, sub, jti });
  }

  async #boundTo(jkt: string): Promise<Bound> {
    const bound = await this.#options.store.entitlements.ofDevice(jkt);
    if (bound?.entitlement.nursery !== this.#options.rooms.nursery.id) throw new PeekabooError('DEVICE_UNKNOWN');
    return bound;
  }

  /** What is not in the ledger must not happen. */
  #needLedger(): void {
    if (!this.#options.ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
  }
}

function hasRunOut({ endsAt }: Entitlement, now: number): boolean {
  return endsAt !== undefined && endsAt - now < 1_000; // passes count whole seconds
}
