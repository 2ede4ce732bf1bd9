import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { PeekabooError } from '@peekaboo/shared/errors';
import { createLogger, type Logger } from '@peekaboo/shared/log';
import { loggable } from '@peekaboo/shared/loggable';
import { describe, expect, test } from 'vitest';

const pass = `eyJhbGciOiJFUzI1NiJ9.${'a'.repeat(40)}.${'b'.repeat(40)}`;
const sdp = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\na=ice-pwd:qwertyuiopasdfgh\r\n';

/** The one line that is written. */
function written(write: (log: Logger) => void): string {
  let line = '';
  write(createLogger('test', 'debug', { write: (text) => (line += text) }));
  return line;
}

describe('the log', () => {
  test.for(['pass', 'proof', 'password', 'token', 'address', 'sdp', 'offer', 'auth', 'credential', 'anything'])(
    'never holds a field called %s, at any depth',
    (name) => {
      let value: object = { [name]: 'opensesame' };
      for (let depth = 0; depth < 9; depth += 1) {
        const line = written((log) => log.error({ ...value, room: 'sunflowers' }, 'refused'));
        expect(line).not.toContain('opensesame');
        expect(line).toContain('"room":"sunflowers"');
        value = depth % 2 ? { cause: [value] } : { err: value };
      }
    },
  );

  test.for([
    ['a pass', `the link #pass=${pass} is bad`, 'aaaa'],
    ['a camera’s login', 'Connection to rtsp://viewer:open/sesame@10.0.0.7/live failed', 'sesame'],
    ['the password of Redis', 'connect rediss://user:opensesame@redis:6379', 'opensesame'],
    ['an SDP', `cannot parse ${sdp}`, 'qwertyuiop'],
    ['an SDP in JSON', JSON.stringify({ offer: sdp }), 'qwertyuiop'],
  ] as const)('blanks %s wherever it stands: in the message, a field, an error, its cause', ([, text, secret]) => {
    const error = new Error(text, { cause: new Error(text) });
    for (const write of [
      (log: Logger) => log.info(text),
      (log: Logger) => log.info({ reason: text }, 'why'),
      (log: Logger) => log.error({ err: error }, 'failed'),
      (log: Logger) => log.error(error),
    ]) {
      const line = written(write);
      expect(line).not.toContain(secret);
      expect(line).toContain('[redacted');
    }
  });

  test('keeps of an error what helps: type, message, code, stack and cause, and no field that somebody hung on it', () => {
    const error = Object.assign(new PeekabooError('STORE_UNAVAILABLE', {}, { cause: new Error('the disk is gone') }), { sdp });
    const { err } = JSON.parse(written((log) => log.error({ err: error }, 'failed')));
    expect(Object.keys(err)).toEqual(['type', 'message', 'code', 'stack', 'cause']);
    expect(err).toMatchObject({ type: 'PeekabooError', code: 'STORE_UNAVAILABLE', cause: { message: 'the disk is gone' } });
  });

  test('has every field on its list that the programs log', () => {
    const used = new Set<string>();
    for (const part of ['apps/signal/src', 'apps/sfu/src', 'scripts']) {
      const folder = fileURLToPath(new URL(`../../${part}`, import.meta.url));
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))) {
        const source = readFileSync(`${folder}/${file}`, 'utf8');
        for (const [, object = ''] of source.matchAll(/[lL]og(?:\.\w+|\[[^\]]+\])\(\s*\{([^{}]*)\}/g))
          for (const field of object.split(',')) used.add(/^\s*(\w+)/.exec(field)?.[1] ?? 'err');
      }
    }
    expect(used.size).toBeGreaterThan(20);
    const unlisted = [...used].filter((field) => (loggable({ [field]: 1 }) as Record<string, unknown>)[field] !== 1);
    expect(unlisted).toEqual([]);
  });
});
