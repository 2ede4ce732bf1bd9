import { parseConfig } from '@peekaboo/shared/config-file';
import { StartError } from '@peekaboo/shared/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases, oneCaseWithinMs } from './cases.ts';

const whole = `nursery: { id: willow-house, name: Willow House, timeZone: Europe/London }
rooms:
  - id: sunflowers
    name: Sunflowers
    hours: { weekly: { mon: ["08:00-18:00"] }, exceptions: [{ date: "2026-12-25", windows: [] }] }
tls: { certificate: c.pem, key: k.pem }
limits: { exempt: ["10.0.0.0/8"] }
sfu: { id: sfu-1, port: 44400 }
cameras:
  - { id: gate, room: sunflowers, kind: rtsp, address: "rtsp://192.168.1.20/x", passwordVariable: GATE }
`;

const token = fc.oneof(
  fc.constantFrom(
    '&a ',
    '*a',
    '<<: *a',
    '!!js/function',
    '!!binary x',
    '? ',
    '- ',
    ': ',
    '|',
    '>',
    '---\n',
    '...\n',
    '%YAML 1.1\n',
    '\t',
    '{',
    '[',
    '}',
    ']',
    '"',
    "'",
    '#',
    '\u0000',
    '\u2028',
  ),
  fc.constantFrom(
    '__proto__: { admin: true }',
    'constructor: 1',
    '&a [*a]',
    '9e999',
    '.nan',
    '0o17',
    '2026-12-25',
    'file:///etc/passwd',
    'concat:a|b',
    '-i x',
    '~',
  ),
  fc.string({ maxLength: 40, unit: 'binary' }),
);
const altered = fc
  .array(fc.tuple(fc.nat(whole.length), fc.nat(4), token), { minLength: 1, maxLength: 3 })
  .map((edits) => edits.reduce((text, [at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone), whole));

test('peekaboo.yaml, however altered, is read or refused in one line and in time', () => {
  expect(parseConfig(whole, 'f.yaml').rooms).toHaveLength(1);
  let read = 0;
  fc.assert(
    fc.property(fc.oneof({ weight: 9, arbitrary: altered }, fc.string({ unit: 'binary', maxLength: 500 })), (text) => {
      const began = performance.now();
      try {
        parseConfig(text, 'f.yaml');
        read += 1;
      } catch (error) {
        if (!(error instanceof StartError)) throw error;
        expect(error.message).toMatch(/^f\.yaml/);
        expect(error.message).not.toContain('\n');
      }
      if (({} as { admin?: boolean }).admin !== undefined) throw new Error('every object has a new member');
      if (performance.now() - began > oneCaseWithinMs) throw new Error('took too long');
    }),
    cases as never,
  );
  expect(read).toBeGreaterThan(Number(cases.numRuns) / 100);
});
