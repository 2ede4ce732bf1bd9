import { join } from 'node:path';
import { RedisServer } from '../support/redis-server.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { StaffPage } from '../support/staff-page.ts';
import type { System } from '../support/system.ts';
import type { Fault } from './fault.ts';

/** What should remember the holds is full, gone, slow, or has forgotten them. */
export const storeFaults: Fault[] = [
  {
    name: 'disk full under the store',
    arm() {
      const disk = new SmallDisk(4 * 1_024 * 1_024);
      return {
        options: { dataFolder: join(disk.folder, 'data') },
        inject: () => disk.fill(),
        end: () => disk.free(),
        close: () => disk.remove(),
      };
    },
  },
  onRedis('Redis killed -9', { inject: (redis) => redis.kill(), end: (redis) => redis.restart() }),
  onRedis('Redis frozen', { inject: (redis) => redis.freeze(), end: (redis) => redis.thaw() }),
  onRedis('Redis restarted empty', {
    inject: async (redis) => {
      await redis.kill();
      redis.erase();
      await redis.restart();
    },
  }),
  onRedis('Redis restored from an older snapshot', {
    ready: async (redis, system) => {
      redis.takeSnapshot();
      const staff = await StaffPage.connect(system.url, await system.pass('staff'));
      await staff.cutRoom('bluebells'); // what the snapshot does not know
      staff.close();
    },
    inject: async (redis) => {
      await redis.kill();
      redis.restoreSnapshot();
      await redis.restart();
    },
  }),
];

type OnRedis = (redis: RedisServer, system: System) => Promise<void> | void;

function onRedis(name: string, { ready, inject, end }: { ready?: OnRedis; inject: OnRedis; end?: OnRedis }): Fault {
  return {
    name,
    async arm() {
      const redis = await RedisServer.start();
      return {
        options: { redis },
        ready: async (system) => ready?.(redis, system),
        inject: (system) => inject(redis, system),
        end: (system) => end?.(redis, system),
        close: () => redis.stop(),
      };
    },
  };
}
