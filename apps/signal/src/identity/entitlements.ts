import type { Clock } from '@peekaboo/shared/clock';
import { type Entitlement, type InviteRequest, identityProvider, type Person } from '@peekaboo/shared/entitlement';
import { PeekabooError } from '@peekaboo/shared/errors';
import type { Pass } from '@peekaboo/shared/pass';
import type { Periods } from '@peekaboo/shared/periods';
import type { Ledger } from '../audit/ledger.ts';
import type { Store } from '../store/store.ts';
import { newEntitlement, newInvite } from './invites.ts';
import { hasRunOut } from './pass-desk.ts';
import { refuseBadTerms } from './terms.ts';

export type Invited = { guardian: string; path: string; expiresAt: number };

export type EntitlementsOptions = {
  rooms: { readonly nursery: { id: string; timeZone: string }; has(id: string): boolean };
  store: Store;
  ledger: Ledger;
  /** Undefined when it cannot be looked up. */
  revoked: (pass: Pick<Pass, 'nursery' | 'role' | 'sub' | 'jti'>) => boolean | undefined;
  clock: Clock;
  periods: Periods['pass'];
};

/** Who may have passes, as staff decide it: they invite, and end. */
export class Entitlements {
  readonly #options: EntitlementsOptions;

  constructor(options: EntitlementsOptions) {
    this.#options = options;
  }

  /** Everybody of the nursery, as those who administer see them, in the order in which they were invited. `watching`: open views by pass. */
  async list(watching: ReadonlyMap<string, number>): Promise<Person[]> {
    const { store, rooms, clock } = this.#options;
    const known = await store.entitlements.list(rooms.nursery.id);
    return known.map(({ entitlement, devices, inviteUntil }) => {
      const { nursery: _, createdBy, ended, ...facts } = entitlement;
      const isOver = ended !== undefined || hasRunOut(entitlement, clock.now()) || this.#isRevoked(entitlement) === true;
      const standing = isOver ? [] : devices.filter(({ pass }) => this.#isRevoked(entitlement, pass) !== true);
      const linkUntil = isOver || inviteUntil === undefined || inviteUntil <= clock.now() ? {} : { linkUntil: inviteUntil };
      const state = isOver ? 'ended' : standing.length > 0 ? 'active' : 'invited';
      const source = createdBy === identityProvider ? identityProvider : 'invite';
      return {
        ...facts,
        ...linkUntil,
        state,
        source,
        devices: standing.map(({ pass, since }) => ({ pass, since, watching: watching.get(pass) ?? 0 })),
      };
    });
  }

  /** Makes an entitlement and the first invite to it. @throws PeekabooError HOURS_INVALID, BAD_MESSAGE, STORE_UNAVAILABLE. */
  async invite(request: InviteRequest, by: string): Promise<Invited> {
    const { store, rooms, clock } = this.#options;
    this.#needLedger();
    refuseBadTerms(request, rooms, clock.now());
    const entitlement = newEntitlement(request, { nursery: rooms.nursery.id, by, now: clock.now() });
    await store.entitlements.add(entitlement);
    return this.#newInvite(entitlement, by);
  }

  /** Another invite to an entitlement that stands: for another device, or when the first ran out. @throws PeekabooError PERSON_UNKNOWN. */
  async inviteAgain(id: string, by: string): Promise<Invited> {
    this.#needLedger();
    return this.#newInvite(await this.standing(id), by);
  }

  /** The entitlement with this id, which has not ended. @throws PeekabooError PERSON_UNKNOWN, STORE_UNAVAILABLE. */
  async standing(id: string): Promise<Entitlement> {
    const { store, rooms, clock } = this.#options;
    const known = await store.entitlements.find(id);
    if (known?.nursery !== rooms.nursery.id || known.ended || hasRunOut(known, clock.now()) || this.#isRevoked(known))
      throw new PeekabooError('PERSON_UNKNOWN');
    return known;
  }

  /** A device was taken from somebody: no link of theirs that lies about opens another, nor a token of before. @throws PeekabooError STORE_UNAVAILABLE. */
  async withdraw(pass: string): Promise<void> {
    const { store, rooms, clock } = this.#options;
    await store.entitlements.withdraw(pass, rooms.nursery.id, clock.now());
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

  #isRevoked({ id: sub, nursery, role }: Entitlement, jti = ''): boolean | undefined {
    return this.#options.revoked({ nursery, role, sub, jti });
  }

  /** What is not in the ledger must not happen. */
  #needLedger(): void {
    if (!this.#options.ledger.writable) throw new PeekabooError('STORE_UNAVAILABLE');
  }
}
