import { connect, createServer, type Server, type Socket } from 'node:net';
import { systemClock } from '@peekaboo/shared/clock';
import { type Hold, hold as holdSchema } from '@peekaboo/shared/hold';
import { newId } from '@peekaboo/shared/ids';
import { createLogger } from '@peekaboo/shared/log';
import { defaultPeriods } from '@peekaboo/shared/periods';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KnownHolds } from '../../apps/signal/src/known-holds.ts';
import { RedisStore } from '../../apps/signal/src/store/redis.ts';
import { RedisServer } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const { answerWithinMs } = defaultPeriods.store;
const log = createLogger('test', 'silent');
const hold = (): Hold =>
  holdSchema.parse({ id: newId('hold'), scope: { kind: 'nursery', nursery: 'willow' }, reason: 'r', by: newId('staff'), at: 1_000 });
const liftOf = ({ id }: Hold) => ({ hold: id, nursery: 'willow', by: newId('staff'), reason: 'over', at: 2_000 });
const answers = (store: RedisStore) =>
  until('the store answers again', () =>
    store.revision().then(
      () => true,
      () => false,
    ),
  );

describe('the store on Redis', () => {
  let redis: RedisServer;
  let store: RedisStore;
  beforeEach(async () => {
    redis = await RedisServer.start();
    store = await RedisStore.open({ url: redis.url, log, answerWithinMs });
  });
  afterEach(async () => {
    await store.close();
    await redis.stop();
  });

  test('that is frozen refuses within its deadline, at once from then on, and answers again by itself', async () => {
    await store.addHold(hold());
    redis.freeze();
    const frozenAt = performance.now();
    const attempts = [store.revision(), store.holdSet(), store.addHold(hold()), store.lift(liftOf(hold()))];
    for (const attempt of attempts) await expect(attempt).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - frozenAt).toBeLessThan(700);
    const askedAt = performance.now();
    await expect(store.revision()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - askedAt).toBeLessThan(50);
    redis.thaw();
    const thawedAt = performance.now();
    await answers(store);
    expect(performance.now() - thawedAt).toBeLessThan(2_000);
  });

  test('a hold that was written into a frozen one is there once, when it is added again', async () => {
    const one = hold();
    redis.freeze();
    await expect(store.addHold(one)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    redis.thaw();
    await answers(store);
    expect(await store.addHold(one)).toBe(1);
    expect(await store.holdSet()).toEqual({ revision: 1, holds: [one] });
  });

  test('that is killed refuses, and has the same holds and revision when it is back', async () => {
    const [one, over] = [hold(), hold()];
    await store.addHold(one);
    await store.addHold(over);
    await store.lift(liftOf(over));
    await redis.kill();
    await expect(store.revision()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await redis.restart();
    await answers(store);
    expect(await store.holdSet()).toEqual({ revision: 3, holds: [one] });
    expect(await store.addHold(over)).toBe(3);
  });

  test('killed while holds are added: every one that was confirmed is there afterwards', { timeout: 30_000 }, async () => {
    const confirmed: string[] = [];
    const adding = Array.from({ length: 20 }, async () => {
      for (;;) {
        const one = hold();
        try {
          await store.addHold(one);
        } catch {
          return;
        }
        confirmed.push(one.id);
      }
    });
    await until('some are confirmed', () => confirmed.length > 100);
    await redis.kill();
    await Promise.all(adding);
    await redis.restart();
    await answers(store);
    const { revision, holds } = await store.holdSet();
    const there = new Set(holds.map(({ id }) => id));
    expect(confirmed.filter((id) => !there.has(id))).toEqual([]);
    expect(revision).toBe(holds.length);
  });

  test('two on one Redis learn of each other’s changes at once', async () => {
    const other = await RedisStore.open({ url: redis.url, log, answerWithinMs });
    const seen: (number | undefined)[] = [];
    other.onChange((revision) => seen.push(revision));
    const one = hold();
    await store.addHold(one);
    await store.lift(liftOf(one));
    await store.reassert({ revision: 8, holds: [], lifted: [] });
    await until('the other is told', () => seen.includes(9), 500);
    expect(seen.filter((revision) => revision !== undefined)).toEqual([1, 2, 9]);
    await other.close();
  });

  test('when it is back after an outage, that is a change to look into', async () => {
    let looks = 0;
    store.onChange((revision) => (looks += revision === undefined ? 1 : 0));
    await until('the first connection is announced', () => looks <= 1);
    const before = looks;
    await redis.kill();
    await redis.restart();
    await until('it is announced', () => looks > before);
  });

  test('opened while there is none refuses, and answers once there is', async () => {
    await redis.kill();
    const early = await RedisStore.open({ url: redis.url, log, answerWithinMs });
    await expect(early.holdSet()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await redis.restart();
    await answers(early);
    await early.close();
  });

  test('behind a link that swallows everything refuses in time, and recovers when the link does', { timeout: 30_000 }, async () => {
    const link = await Link.to(redis.port);
    const far = await RedisStore.open({ url: `redis://127.0.0.1:${link.port}`, log, answerWithinMs });
    await answers(far);
    link.swallowing = true;
    const askedAt = performance.now();
    await expect(far.revision()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - askedAt).toBeLessThan(700);
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // several attempts into the void
    link.swallowing = false;
    await answers(far);
    await far.close();
    link.close();
  });

  test.for([
    { mistake: 'a revision that is no number', command: ['SET', '{peekaboo}:revision', 'seven'] },
    { mistake: 'a hold that is no hold', command: ['HSET', '{peekaboo}:holds', 'h_1', '1 {"id":"h_1"}'] },
    { mistake: 'a hold that is no JSON', command: ['HSET', '{peekaboo}:holds', 'h_1', '?'] },
    { mistake: 'a key of another kind', command: ['LPUSH', '{peekaboo}:holds', 'x'] },
  ])('with $mistake is unreadable, which is not the same as empty', async ({ command }) => {
    await redis.ask(...command);
    await expect(store.holdSet()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  describe('that has lost what a signal knows', () => {
    const [lifted, inForce] = [hold(), hold()];
    let known: KnownHolds;
    beforeEach(async () => {
      known = new KnownHolds(store, systemClock, log, []);
      await store.addHold(lifted);
      await known.read();
    });
    const moveOn = async () => {
      await store.lift(liftOf(lifted));
      await store.addHold(inForce);
      expect(await known.read()).toEqual({ revision: 3, holds: [inForce] });
      await redis.kill();
    };

    test('restarted empty, it is given the holds that are in force, at a higher revision', async () => {
      await moveOn();
      redis.erase();
      await redis.restart();
      await answers(store);
      expect(await store.revision()).toBe(0);
      expect(await known.read()).toEqual({ revision: 4, holds: [inForce] });
      expect(await store.holdSet()).toEqual({ revision: 4, holds: [inForce] });
    });

    test('restored from an older copy, what was lifted since stays lifted, what was cut since is in force', async () => {
      redis.takeSnapshot();
      await moveOn();
      redis.restoreSnapshot();
      await redis.restart();
      await answers(store);
      expect(await store.holdSet()).toEqual({ revision: 1, holds: [lifted] });
      expect(await known.read()).toEqual({ revision: 4, holds: [inForce] });
      expect(await store.addHold(lifted)).toBe(4);
    });

    test('emptied, and overtaken by newer cuts before anybody looked, it has both', async () => {
      await moveOn();
      redis.erase();
      await redis.restart();
      await answers(store);
      const newer = [hold(), hold(), hold(), hold()];
      for (const one of newer) await store.addHold(one);
      expect(await known.read()).toEqual({ revision: 5, holds: [...newer, inForce] });
    });

    test('emptied, and refusing to write, it is not taken over', async () => {
      await moveOn();
      redis.erase();
      await redis.restart();
      await answers(store);
      await redis.ask('CONFIG', 'SET', 'min-replicas-to-write', '1');
      await expect(known.read()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(known.set).toEqual({ revision: 3, holds: [inForce] });
    });
  });
});

describe('a Redis that may forget what it has confirmed', () => {
  const gapsOf = async (settings: Record<string, string>, prepare: (redis: RedisServer) => Promise<unknown> = async () => undefined) => {
    const redis = await RedisServer.start(settings);
    await prepare(redis);
    const store = await RedisStore.open({ url: redis.url, log, answerWithinMs });
    await store.revision();
    const { durabilityGaps } = store;
    await store.close();
    await redis.stop();
    return durabilityGaps;
  };

  test('is told of by every setting that is wrong', async () => {
    const unsafe = { appendonly: 'no', appendfsync: 'everysec', maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' };
    expect(await gapsOf(unsafe)).toEqual([
      'appendonly is no and must be yes',
      'appendfsync is everysec and must be always',
      'maxmemory-policy is allkeys-lru and must be noeviction',
    ]);
  });

  test('is not told of when it does not', async () => {
    expect(await gapsOf({})).toEqual([]);
  });

  test('is said to be unchecked where CONFIG GET is not permitted, and is used all the same', async () => {
    const [gap] = await gapsOf({}, (redis) => redis.ask('ACL', 'SETUSER', 'default', '-config'));
    expect(gap).toMatch(/could not be checked, since CONFIG GET is not permitted/);
  });
});

/** A TCP link whose ends stay up while nothing gets through. */
class Link {
  swallowing = false;
  readonly #server: Server;
  readonly #sockets: Socket[] = [];

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      this.#sockets.push(near, far);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('data', (chunk) => this.swallowing || to.write(chunk));
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
      }
    });
  }

  static async to(target: number): Promise<Link> {
    const link = new Link(target);
    await new Promise<void>((resolve) => link.#server.listen(0, '127.0.0.1', resolve));
    return link;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
