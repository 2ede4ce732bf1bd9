import { isIP } from 'node:net';
import { z } from 'zod';

/** An address, or a network as `10.0.0.0/8`. */
export const network = z.string().refine((text) => {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}, 'write an address or a network, such as 192.168.1.5 or 10.0.0.0/8');

const count = z.int().min(1).max(10_000_000);

/**
 * How much one client may ask of signal. Addresses are shared (a company's, a nursery's own Wi-Fi), so what counts for an address is
 * generous, and most of it counts only what was refused; a guardian is known by their pass, wherever they are.
 */
export const limits = z
  .strictObject({
    /** Never limited by address: the nursery's own networks, and where its SFUs are. */
    exempt: z.array(network).max(100).default(['127.0.0.1', '::1']),
    /** Connections of everybody together. */
    connections: count.default(20_000),
    connectionsOfAddressPer10Seconds: count.default(1_000),
    requestsOfAddressPer10Seconds: count.default(3_000),
    /** Sign-ins that were refused: wrong or expired passes, too many connections of one guardian. */
    refusalsOfAddressPerMinute: count.default(300),
    /** Connections that have not signed in yet, at once. */
    strangersOfAddress: count.default(300),
    connectionsOfGuardian: count.default(20),
    signInsOfGuardianPerMinute: count.default(120),
    asksOfGuardianPer10Seconds: count.default(100),
    /** Of one connection; one that sends more is read more slowly. SFUs are exempt. */
    messagesOfConnectionPerSecond: count.default(100),
  })
  .prefault({});
export type LimitsConfig = z.infer<typeof limits>;
