import type { RedisClient } from './redis-connection.ts';

/** What in Redis' settings allows it to forget what it has confirmed, each as half a sentence. None: a confirmed write is on disk. */
export async function findDurabilityGaps(client: RedisClient): Promise<string[]> {
  let settings: Record<string, string>;
  try {
    settings = await client.configGet(['appendonly', 'appendfsync', 'maxmemory', 'maxmemory-policy']);
  } catch {
    return ['its settings could not be checked, since CONFIG GET is not permitted; it needs appendonly yes and appendfsync always'];
  }
  const { appendonly, appendfsync, maxmemory, 'maxmemory-policy': policy } = settings;
  const gaps: string[] = [];
  if (appendonly !== 'yes') gaps.push(`appendonly is ${appendonly} and must be yes`);
  if (appendfsync !== 'always') gaps.push(`appendfsync is ${appendfsync} and must be always`);
  if (maxmemory !== '0' && policy?.startsWith('allkeys')) gaps.push(`maxmemory-policy is ${policy} and must be noeviction`);
  return gaps;
}
