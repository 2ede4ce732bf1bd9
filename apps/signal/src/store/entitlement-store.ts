import type { Device, Entitlement } from '@peekaboo/shared/entitlement';

/** An invite as it is kept: the SHA-256 of its secret, in base64url. Whoever reads the store can open nothing with it. */
export type Invite = { hash: string; entitlement: string; role: Entitlement['role']; expiresAt: number };

export type Swap = { hash: string; role: Entitlement['role']; device: Device; now: number };
export type Bound = { entitlement: Entitlement; device: Device };

/**
 * Who may have passes. As with the rest of the store, a promise that resolves means: durable; and every method rejects with PeekabooError
 * STORE_UNAVAILABLE when the store cannot be reached.
 */
export interface EntitlementStore {
  add(entitlement: Entitlement): Promise<void>;
  /** Adds an invite, and forgets those that have run out by `now`. */
  invite(invite: Invite, now: number): Promise<void>;
  /**
   * Uses an invite up and binds the device, at once and whole: of two who try, one succeeds. The device that has used it may
   * ask again, should the answer have been lost. Undefined when it is used, has run out, never was, or its entitlement has ended.
   */
  swap(swap: Swap): Promise<Bound | undefined>;
  /**
   * Takes the word of somebody outside for an entitlement: it is made, or becomes as it is given unless it was ended here, and
   * the device is bound to it. `invite` stands for their token, which is used up as by `swap`.
   */
  vouch(vouched: { entitlement: Entitlement; invite: Invite; device: Device; now: number }): Promise<Bound | undefined>;
  /** The entitlement of the device with this key. */
  ofDevice(jkt: string): Promise<Bound | undefined>;
  list(nursery: string): Promise<{ entitlement: Entitlement; devices: Device[] }[]>;
  /** Ends an entitlement for good. @returns false when there is none with this id in this nursery. */
  end(id: string, nursery: string, ended: NonNullable<Entitlement['ended']>): Promise<boolean>;
}
