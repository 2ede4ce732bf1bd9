import { StartError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Credentials } from '@peekaboo/shared/proof';
import { loadSignalConfig, type SignalConfig } from '../../apps/signal/src/config.ts';
import type { Issuer, PassRequest } from '../../apps/signal/src/identity/issuer.ts';
import { mintCredentials } from '../../apps/signal/src/identity/mint.ts';
import { attempt, isRefused, type Outcome } from './attempt.ts';
import { faults, intruders, type Kind, kinds, proves } from './kinds.ts';
import type { CanaryMetrics } from './metrics.ts';
import { RoomHours } from './room-hours.ts';
import { isCut, order, staffId } from './staff.ts';

type Place = { nursery: string; rooms: string[]; now: number; config: SignalConfig };
export type Result = { kind: Kind; room: string } & Outcome;

/** A pass is used for this long, so that the ledger gathers its refusals instead of telling each. */
const reusePassMs = 30 * 60_000;
const cutTries = 3;

/** Tries to get in where it must not, round after round. */
export class Canary {
  readonly #options: { url: string; env: NodeJS.ProcessEnv; issuer: Issuer; metrics: CanaryMetrics; log: Logger };
  readonly #passes = new Map<string, { credentials: Promise<Credentials>; until: number }>();
  readonly #hours: RoomHours;
  #config: SignalConfig | undefined;
  #revoked = false;

  constructor(options: { url: string; env: NodeJS.ProcessEnv; issuer: Issuer; metrics: CanaryMetrics; log: Logger }) {
    this.#options = options;
    this.#hours = new RoomHours(options.log);
  }

  /** One attempt of each kind at every room. Raises the alarm for each that got in, and cuts its room, once. @throws StartError when there is no config to begin with. */
  async round(now: number): Promise<Result[]> {
    const cuts = new Map<string, Promise<void>>();
    const config = this.#readConfig();
    const place = { nursery: config.nursery.id, rooms: [...config.rooms.keys()], now, config };
    this.#options.metrics.use(place.rooms);
    const trouble = await this.#revokeOnce(place).catch((error: Error) => error.message);
    const results = await Promise.all(kinds.map((kind) => this.#tryAll(kind, place, kind === 'revoked' ? trouble : undefined, cuts)));
    await Promise.all(cuts.values());
    return results.flat();
  }

  /** Read anew for each round: rooms come and go. While the file is broken, the last good one counts, as it does for signal. */
  #readConfig(): SignalConfig {
    try {
      this.#config = loadSignalConfig(this.#options.env);
    } catch (error) {
      if (!(error instanceof StartError) || !this.#config) throw error;
      this.#options.log.warn(error.message);
    }
    return this.#config;
  }

  /** Where an attempt of this kind proves something now. @throws when that depends on hours that cannot be read. */
  async #roomsFor(kind: Kind, { rooms, config }: Place, now: number): Promise<string[]> {
    if (kind !== 'closed-room' && kind !== 'out-of-hours') return rooms;
    const states = await this.#hours.read(config, now);
    return rooms.filter((room) => proves(kind, states.get(room)));
  }

  async #tryAll(kind: Kind, place: Place, trouble: string | undefined, cuts: Map<string, Promise<void>>): Promise<Result[]> {
    const { url, metrics } = this.#options;
    const results: Result[] = [];
    const onOutcome = async (room: string, found: Outcome) => {
      const outcome =
        found.state === 'let-in' && (await isStale(room)) ? { state: 'inconclusive' as const, why: 'its hours changed' } : found;
      results.push({ kind, room, ...outcome });
      metrics.count(kind, room, outcome);
      if (outcome.state !== 'let-in') return;
      this.#options.log.error(
        { kind, room, packets: outcome.packets },
        `ALARM: somebody with a pass ${faults[kind].words} was let into a room; cutting it`,
      );
      if (!cuts.has(room)) cuts.set(room, this.#cut(kind, room, place));
    };
    /** Staff may open a room at any moment: whoever is let in then is no intruder. */
    const isStale = async (room: string) => {
      if (kind !== 'closed-room') return false;
      const rooms = await this.#roomsFor(kind, place, Date.now()).catch(() => place.rooms);
      return !rooms.includes(room);
    };
    const rooms = await this.#roomsFor(kind, place, place.now).catch((error: Error) => {
      trouble = `its hours cannot be read: ${error.message}`;
      return place.rooms;
    });
    for (const room of place.rooms) if (!rooms.includes(room)) metrics.spare(kind, room);
    for (const { pass, issuedAt, asksFor } of intruders(kind, { ...place, rooms })) {
      if (trouble !== undefined) for (const room of asksFor) await onOutcome(room, { state: 'inconclusive', why: trouble });
      else await attempt({ url, credentials: await this.#pass(pass, issuedAt), rooms: asksFor, expected: faults[kind].code, onOutcome });
    }
    return results;
  }

  /** Makes the room dark for everybody. A cut whose answer did not come may have been carried out: each hold is one more to lift. */
  async #cut(kind: Kind, room: string, { nursery, now }: Place): Promise<void> {
    const { url, log } = this.#options;
    for (let tries = 1; tries <= cutTries; tries += 1) {
      try {
        if (tries > 1 && (await isCut(url, await this.#staffPass(nursery, now), room).catch(() => false))) return;
        const scope = { kind: 'room', nursery, room } as const;
        const request = { scope, reason: `canary: let in with a pass ${faults[kind].words}` };
        const { state, hold } = await order(url, await this.#staffPass(nursery, now), 'cut', request);
        log.error({ room, hold: hold.id, state }, 'ALARM: the canary has cut the room; find the cause before anybody lifts this');
        return;
      } catch (error) {
        log.error({ room, err: error }, 'ALARM: the canary could not cut the room');
      }
    }
  }

  /** Sees to it that there is a guardian who was revoked. Returns why there is none yet. */
  async #revokeOnce({ nursery, rooms, now }: Place): Promise<string | undefined> {
    if (this.#revoked) return undefined;
    const { url } = this.#options;
    const [revoked] = intruders('revoked', { nursery, rooms, now });
    if (!revoked || (await isRefused(url, await this.#pass(revoked.pass, now), faults.revoked.code))) this.#revoked = true;
    else {
      const scope = { kind: 'guardian', nursery, guardian: revoked.pass.sub } as const;
      const request = { scope, reason: 'the canary of this nursery, who must never get in' };
      this.#revoked = (await order(url, await this.#staffPass(nursery, now), 'revoke', request)).durable;
    }
    return this.#revoked ? undefined : 'the revocation is not on disk yet';
  }

  #staffPass(nursery: string, now: number): Promise<Credentials> {
    return mintCredentials(
      this.#options.issuer,
      { sub: staffId, role: 'staff', right: 'administer', nursery, rooms: [], validForSeconds: 60 },
      now,
    );
  }

  #pass(request: PassRequest, issuedAt: number): Promise<Credentials> {
    const key = JSON.stringify(request);
    const known = this.#passes.get(key);
    if (known && known.until > issuedAt) return known.credentials;
    const credentials = mintCredentials(this.#options.issuer, request, issuedAt);
    this.#passes.set(key, { credentials, until: issuedAt + reusePassMs });
    return credentials;
  }
}
