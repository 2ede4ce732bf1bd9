import { device, type Entitlement, entitlement } from '@peekaboo/shared/entitlement';
import type { Logger } from '@peekaboo/shared/log';
import { z } from 'zod';
import type { Known } from './entitlement-store.ts';
import { ParsedRows } from './parsed-rows.ts';

export type StoredRow = { key: string; text: string };

/** A device as both stores keep it, or say it: with the entitlement that it belongs to. */
export const storedDevice = device.extend({ entitlement: z.string() });

/** Reads whole tables of entitlements and devices, row by row, for both stores. One bad row must not hide everybody. */
export class EntitlementRows {
  readonly #entitlements: ParsedRows<Entitlement>;
  readonly #devices: ParsedRows<z.infer<typeof storedDevice>>;

  constructor(log: Logger | undefined) {
    this.#entitlements = new ParsedRows(
      (text) => entitlement.parse(JSON.parse(text)),
      (guardian, err) => log?.error({ guardian, err }, 'an entitlement of the store cannot be read; nobody gets a pass by it'),
    );
    this.#devices = new ParsedRows(
      (text) => storedDevice.parse(JSON.parse(text)),
      (_, err) => log?.error({ err }, 'a device of the store cannot be read; it gets no pass'),
    );
  }

  /** Everybody of this nursery, each with their devices, in the order of the rows. */
  async read(nursery: string, entitlements: StoredRow[], devices: StoredRow[], inviteUntil: ReadonlyMap<string, number>): Promise<Known[]> {
    const known = await this.#entitlements.read(entitlements.map(({ key, text }) => [key, text]));
    const all = await this.#devices.read(devices.map(({ key, text }) => [key, text]));
    const byEntitlement = Map.groupBy(all, (each) => each.entitlement);
    return known
      .filter((each) => each.nursery === nursery)
      .map((each) => {
        const own = (byEntitlement.get(each.id) ?? []).map(({ jkt, pass, since }) => ({ jkt, pass, since }));
        const until = inviteUntil.get(each.id);
        return { entitlement: each, devices: own, ...(until !== undefined && { inviteUntil: until }) };
      });
  }
}
