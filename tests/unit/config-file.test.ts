import { fileURLToPath } from 'node:url';
import { parseConfig, readConfigFile } from '@peekaboo/shared/config-file';
import { StartError } from '@peekaboo/shared/errors';
import { describe, expect, test } from 'vitest';

const camera = (fields: string) => `cameras:\n  - { id: gate, room: sun, kind: rtsp, ${fields} }\n`;

/** Lists within lists, by aliases: a few lines that would be 10^9 values. */
function bomb(levels: number, width: number): string {
  const names = Array.from({ length: levels }, (_, index) => String.fromCharCode(97 + index));
  return names
    .map(
      (name, index) =>
        `${name}: &${name} [${Array(width)
          .fill(index === 0 ? 'x' : `*${names[index - 1]}`)
          .join(', ')}]`,
    )
    .join('\n');
}

describe('peekaboo.yaml', () => {
  test('the example is valid', () => {
    const config = readConfigFile(fileURLToPath(new URL('../../examples/peekaboo.yaml', import.meta.url)));
    expect(config.rooms?.map(({ id }) => id)).toEqual(['sunflowers', 'bluebells']);
  });

  test.for([
    [
      'an unknown key',
      'nursery:\n  id: a\n  nmae: A\n',
      'f.yaml:3: unknown key "nursery.nmae"; check its spelling against examples/peekaboo.yaml',
    ],
    ['a missing key', 'nursery:\n  id: a\n  name: A\n', 'f.yaml:2: nursery.timeZone: is missing'],
    ['a bad id', 'nursery: { id: Äpfel, name: A, timeZone: UTC }', 'f.yaml:1: nursery.id: use 1-48 lower-case letters, digits and hyphens'],
    [
      'hours that are no hours',
      'rooms:\n  - id: sun\n    name: Sun\n    hours: { weekly: { mon: ["8-18"] } }',
      'f.yaml:4: rooms.0.hours.weekly.mon.0: write a window as "08:00-18:00"',
    ],
    [
      'hours without length',
      'rooms:\n  - id: sun\n    name: Sun\n    hours: { weekly: { mon: ["08:00-08:00"] } }',
      /opens and closes at the same time/,
    ],
    ['a weekday that is none', 'rooms:\n  - id: sun\n    name: Sun\n    hours: { weekly: { monday: [] } }', /rooms\.0\.hours\.weekly/],
    [
      'a date that is none',
      'rooms:\n  - id: sun\n    name: Sun\n    hours: { weekly: {}, exceptions: [{ date: 2026-02-30, windows: [] }] }',
      /write a date as/,
    ],
    [
      'two rooms of one id',
      'rooms:\n  - { id: sun, name: A, hours: { weekly: {} } }\n  - { id: sun, name: B, hours: { weekly: {} } }',
      /two rooms have the id "sun"/,
    ],
    [
      'two cameras of one id, be they of different kinds and rooms',
      `rooms:\n  - { id: sun, name: A, hours: { weekly: {} } }\n  - { id: moon, name: B, hours: { weekly: {} } }\n${camera('address: "rtsp://h/x"')}  - { id: gate, room: moon, kind: test-picture }\n`,
      /two cameras have the id "gate"; ids must differ/,
    ],
    [
      'a camera in no room',
      `rooms:\n  - { id: moon, name: A, hours: { weekly: {} } }\n${camera('address: "rtsp://h/x"')}`,
      /camera "gate" is in room "sun", which is not among the rooms \(moon\)/,
    ],
    ['a login in the address', camera('address: "rtsp://u:p@h/x"'), /leave the login out of the address/],
    ['a file for a camera', camera('address: "file:///etc/passwd"'), /write an RTSP address/],
    ['a concat script for a camera', camera('address: "concat:a|b"'), /write an RTSP address/],
    ['a web page for a camera', camera('address: "http://h/x"'), /write an RTSP address/],
    ['an option for a camera', camera('address: "-i rtsp://h/x"'), /write an RTSP address/],
    ['a quote in an address', camera(`address: "rtsp://h/x'y"`), /write an RTSP address/],
    ['a password itself', camera('address: "rtsp://h/x", password: secret'), /unknown key "cameras\.0\.password"/],
    ['a variable with a strange name', camera('address: "rtsp://h/x", passwordVariable: "a b"'), /name an environment variable/],
    ['an unknown kind of camera', 'cameras:\n  - { id: gate, room: sun, kind: usb }', /cameras\.0\.kind/],
    ['broken YAML', 'rooms: [', /^f\.yaml: /],
    [
      'a bomb of aliases',
      `a: &a [x, x]\n${[...'bcdefgh'].map((name, index) => `${name}: &${name} [*${'abcdefgh'[index]}, *${'abcdefgh'[index]}, *${'abcdefgh'[index]}]`).join('\n')}\n`,
      /too many YAML aliases/,
    ],
    ['a list', '- 1', /the file/],
    ['a bomb of nine levels, each ten times the one before', bomb(9, 10), /too many YAML aliases/],
    ['a merge of everything into everything', `a: &a { x: 1 }\nb: &b { <<: *a, <<: *a }\n`, /^f\.yaml/],
    ['an alias of itself', 'rooms: &a [*a]', /^f\.yaml/],
    ['a key that is a list', '? [nursery]\n: x', /^f\.yaml/],
    ['a tag that makes code', 'nursery: !!js/function "function () {}"', /^f\.yaml/],
    ['__proto__ for a key', '__proto__: { admin: true }', /unknown key "__proto__"/],
    ['a key twice', 'nursery: { id: a, name: A, timeZone: UTC }\nnursery: { id: b, name: B, timeZone: UTC }', /^f\.yaml/],
    ['a zero byte in an address', camera('address: "rtsp://h/x\\0y"'), /write an RTSP address/],
    ['a line break in an address', camera('address: "rtsp://h/x\\ny"'), /write an RTSP address/],
    ['a pipe for a camera', camera('address: "pipe:0"'), /write an RTSP address/],
    ['a data address for a camera', camera('address: "data:,x"'), /write an RTSP address/],
    ['a subfile for a camera', camera('address: "subfile,,start,0,end,9,,:/etc/passwd"'), /write an RTSP address/],
    ['a contact that is no address', 'securityContact: "javascript:alert(1)"', /securityContact: write mailto:/],
    ['a limit of nothing', 'limits: { connections: 0 }', /limits\.connections/],
    ['a proxy that is everybody, misspelt', 'trustProxy: ["*"]', /write an address or a network/],
  ] as const)('%s is refused in one line that names it', ([, text, says]) => {
    const error = (() => {
      try {
        return parseConfig(text, 'f.yaml');
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(StartError);
    expect((error as Error).message).not.toContain('\n');
    expect((error as Error).message).toMatch(says);
    expect((error as Error).message).not.toContain('secret');
  });
});
