import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';
import { SqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';

/** Opens the store that the configuration names. @throws StartError when a SQLite file cannot be opened; Redis may come later. */
export async function openStore(
  config: { dataFolder: string; redisUrl: string | undefined; periods: Periods },
  log: Logger,
): Promise<Store> {
  const { dataFolder, redisUrl: url, periods } = config;
  if (url === undefined) return new SqliteStore(dataFolder, log);
  // Loaded only where it is used: its client costs every other signal memory for nothing.
  const { RedisStore } = await import('./redis.ts');
  return RedisStore.open({ url, log, answerWithinMs: periods.store.answerWithinMs });
}
