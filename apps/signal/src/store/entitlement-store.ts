import type { Device, Entitlement } from '@peekaboo/shared/entitlement';

/** An invite as it is kept: the SHA-256 of its secret, in base64url. Whoever reads the store can open nothing with it. */
export type Invite = { hash: string; entitlement: string; role: Entitlement['role']; expiresAt: number };

/** Somebody, their devices, and when their invite runs out that nobody has used, if there is one. */
export type Known = { entitlement: Entitlement; devices: Device[]; inviteUntil?: number };

/** So many devices of a person whom somebody outside vouches for are remembered: each window that keeps nothing would be one for good. */
export const mostVouchedDevices = 20;

export type Swap = { hash: string; nursery: string; role: Entitlement['role']; device: Device; now: number };
export type Bound = { entitlement: Entitlement; device: Device };
/** Somebody is meant whom the store knows, and gets nothing: it was used, is for another page, or has run out; or they were removed, or lost a device since. */
export type Refused = { refused: 'used' | 'ended'; entitlement: string };

/**
 * Who may have passes. As with the rest of the store, a promise that resolves means: durable; and every method rejects with PeekabooError
 * STORE_UNAVAILABLE when the store cannot be reached.
 */
export interface EntitlementStore {
  add(entitlement: Entitlement): Promise<void>;
  /** Adds an invite, and forgets those that have run out by `now`, and those of the same entitlement that nobody has used. */
  invite(invite: Invite, now: number): Promise<void>;
  /**
   * Uses an invite up and binds the device, at once and whole: of two who try, one succeeds. The device that has used it may
   * ask again, should the answer have been lost. Undefined when it never was, is forgotten, or belongs to another nursery.
   */
  swap(swap: Swap): Promise<Bound | Refused | undefined>;
  /**
   * Takes the word of somebody outside for an entitlement, unless it was ended here: it is made, or becomes as it is given if what
   * is known is not newer (`createdAt`), and the device is bound to it: of more than `mostVouchedDevices` the one that was bound first is
   * forgotten. `invite` stands for their token, which is used up as by `swap`, and is refused when it is from before a withdrawal.
   */
  vouch(vouched: { entitlement: Entitlement; invite: Invite; device: Device; now: number }): Promise<Bound | Refused>;
  /** The entitlement of the device with this key. */
  ofDevice(jkt: string): Promise<Bound | undefined>;
  /**
   * The device with this pass was taken from somebody: their invites that nobody has used are forgotten, and what somebody outside said
   * of them until `at` binds no device any more. When no device of this nursery has it, nothing is done.
   */
  withdraw(pass: string, nursery: string, at: number): Promise<void>;
  /** The entitlement with this id, in whatever nursery. */
  find(id: string): Promise<Entitlement | undefined>;
  /** Everybody of a nursery. A row that cannot be read is left out, and logged. Other work has its turn in between. */
  list(nursery: string): Promise<Known[]>;
  /** Ends an entitlement for good. @returns false when there is none with this id in this nursery. */
  end(id: string, nursery: string, ended: NonNullable<Entitlement['ended']>): Promise<boolean>;
}
