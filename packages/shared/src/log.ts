import { type DestinationStream, type Logger, pino } from 'pino';
import { loggable, scrubbed } from './loggable.ts';

export type { Logger };

/**
 * The process's log: one JSON object a line on stderr, so that stdout stays free for what a person asked for. What it may hold is
 * decided in loggable.ts. `LOG_LEVEL` is one of fatal, error, warn, info (default), debug, silent.
 */
export function createLogger(
  name: string,
  level: string = process.env.LOG_LEVEL ?? 'info',
  to: DestinationStream = standardError(),
): Logger {
  const options: pino.LoggerOptions = {
    name,
    level: level in pino.levels.values || level === 'silent' ? level : 'info',
    formatters: { log: (fields) => loggable(fields) as Record<string, unknown> },
    serializers: { err: (error) => error }, // it was made loggable already
    hooks: {
      logMethod([first, ...rest], log) {
        const args = first instanceof Error ? [{ err: first }, first.message] : [first, ...rest];
        log.apply(this, args.map((arg) => (typeof arg === 'string' ? scrubbed(arg) : arg)) as Parameters<typeof log>);
      },
    },
  };
  return pino(options, to);
}

/** Not synchronous: a reader of stderr that stops reading must not stop this process. Beyond 1 MB lines are dropped. */
function standardError(): DestinationStream {
  return pino.destination({ dest: 2, sync: false, maxLength: 1 << 20 });
}
