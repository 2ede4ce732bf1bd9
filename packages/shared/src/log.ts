import { type Logger, pino } from 'pino';

export type { Logger };

/** Fields that are blanked wherever they appear in a logged object, up to two levels deep. */
const secrets = ['pass', 'token', 'password', 'authorization', 'sdp', 'offer', 'answer', 'keyBase64', 'credential', 'address'];

/**
 * The process's log: one JSON object a line on stderr, so that stdout stays free for what a person asked for.
 * `LOG_LEVEL` is one of fatal, error, warn, info (default), debug, silent.
 */
export function createLogger(name: string, level: string = process.env.LOG_LEVEL ?? 'info'): Logger {
  return pino(
    {
      name,
      level: level in pino.levels.values || level === 'silent' ? level : 'info',
      redact: { paths: secrets.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    },
    // Not synchronous: a reader of stderr that stops reading must not stop this process. Beyond 1 MB lines are dropped.
    pino.destination({ dest: 2, sync: false, maxLength: 1 << 20 }),
  );
}
