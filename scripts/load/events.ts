import type { CrowdNews } from './crowd-messages.ts';

/** What happened to the families, in milliseconds; `…AtMs` from the start of the run. */
export class Events {
  attempted = 0;
  readonly joins: { atMs: number; ms: number; dueMs: number }[] = [];
  readonly pictures: { atMs: number; ms: number }[] = [];
  readonly failures: { atMs: number; why: string }[] = [];
  /** Renewals of passes that failed: no join is the less for it. */
  readonly notRenewed: { atMs: number; why: string }[] = [];
  readonly closed: { atMs: number; reason: string }[] = [];
  /** Those from which the server sends media. */
  readonly ports = new Set<number>();

  note(news: Exclude<CrowdNews, { news: 'sample' | 'last-packets' | 'settled' }>): void {
    switch (news.news) {
      case 'ready':
      case 'not-ready':
        return;
      case 'attempted':
        this.attempted += 1;
        return;
      case 'joined':
        this.joins.push({ atMs: news.atMs, ms: news.joinMs, dueMs: news.dueMs });
        for (const port of news.ports) this.ports.add(port);
        return;
      case 'picture':
        this.pictures.push({ atMs: news.atMs, ms: news.firstFrameMs });
        return;
      case 'failed':
        this.failures.push({ atMs: news.atMs, why: news.why });
        return;
      case 'not-renewed':
        this.notRenewed.push({ atMs: news.atMs, why: news.why });
        return;
      case 'closed':
        this.closed.push({ atMs: news.atMs, reason: news.reason });
        return;
      default:
        news satisfies never;
    }
  }
}
