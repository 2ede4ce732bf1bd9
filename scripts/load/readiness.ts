import { type EventEmitter, once } from 'node:events';
import type { CrowdNews } from './crowd-messages.ts';

/**
 * Resolves once this process of a crowd is ready. Whatever else it tells before that, such as its sample of each second, says nothing about passes.
 * @throws Error when it says that it is not ready, or ends before it has said either.
 */
export async function untilReady(child: EventEmitter): Promise<void> {
  const stop = new AbortController();
  const ended = once(child, 'exit', stop).then(() => Promise.reject(new Error('a crowd ended')));
  const answered = new Promise<void>((resolve, reject) => {
    const hear = (news: CrowdNews) => {
      if (news.news === 'ready') resolve();
      else if (news.news === 'not-ready') reject(new Error(`the families have no passes: ${news.why}`));
    };
    child.on('message', hear);
    stop.signal.addEventListener('abort', () => child.off('message', hear));
  });
  try {
    await Promise.race([answered, ended]);
  } finally {
    stop.abort();
  }
}
