import { newId } from '@peekaboo/shared/ids';
import { describe, expect, test } from 'vitest';
import { canonical, sha256 } from '../../../apps/signal/src/audit/canonical.ts';
import { type ChainState, chain, checkChain, emptyChain, splitLines } from '../../../apps/signal/src/audit/chain.ts';

/** A chain as signal writes it, and its end before each line and after the last. */
function makeChain(count: number): { lines: Buffer[]; states: ChainState[] } {
  const lines: Buffer[] = [];
  const states = [emptyChain];
  for (let seq = 1; seq <= count; seq += 1) {
    const event = {
      kind: 'view.opened',
      actor: newId('guardian'),
      subject: newId('pass'),
      room: 'sunflowers',
      view: newId('view'),
      detail: {},
    };
    const added = chain({ seq, at: 1_780_000_000_000 + seq * 977, ...event, prev: states.at(-1)?.hash ?? '' } as never);
    lines.push(Buffer.from(added.line));
    states.push(added.last);
  }
  return { lines, states };
}

const check = (content: Uint8Array, from: ChainState) => checkChain(splitLines([content]), from, () => undefined);
const checkAll = (lines: Buffer[]) => check(Buffer.concat(lines), emptyChain);

describe('canonical JSON (RFC 8785)', () => {
  test('is that of the example in section 3.2.2 and 3.2.3', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '€$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonical(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });
  test('sorts keys by UTF-16 code units, as section 3.2.3 has it', () => {
    const value = { '€': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, ö: 7 };
    expect(Object.values(JSON.parse(canonical(value)))).toEqual([4, 2, 6, 7, 1, 5, 3]);
  });
  test('has no form for half a character pair, nor for what is no number', () => {
    for (const value of [{ a: '\ud800' }, { a: Number.NaN }, { a: Number.POSITIVE_INFINITY }]) expect(() => canonical(value)).toThrow();
  });
});

describe('a chain of 1,000 entries', () => {
  const { lines, states } = makeChain(1_000);
  const [first = emptyChain, last = emptyChain] = [states[0], states[1_000]];

  test('is accepted as it was written, and its hashes are those of its content', () => {
    expect(checkAll(lines)).toEqual({ ok: true, last });
    const { hash, ...content } = JSON.parse(String(lines[7]));
    expect(hash).toBe(sha256(canonical(content)));
    expect(first).toBe(emptyChain);
  });

  test('every single byte counts: each of them changed, each in its turn to another value, and the flaw is found where it is', () => {
    let mutations = 0;
    for (const [index, line] of lines.entries()) {
      // What stands before the changed byte is what it was, so the check goes on from there, as it would have from the beginning.
      const content = Buffer.concat([line, lines[index + 1] ?? Buffer.alloc(0)]);
      const from = states[index] as ChainState;
      for (let at = 0; at < line.length; at += 1) {
        const byte = content[at] as number;
        content[at] = byte ^ (1 + ((index * 31 + at) % 255));
        const checked = check(content, from);
        if (checked.ok || checked.line !== index + 1) expect.fail(`byte ${at} of entry ${index + 1}: ${JSON.stringify(checked)}`);
        content[at] = byte;
        mutations += 1;
      }
    }
    expect(mutations).toBe(lines.reduce((bytes, line) => bytes + line.length, 0));
  });

  test('every byte of one entry changed to every other value there is', () => {
    for (const index of [0, 999]) {
      const content = Buffer.from(lines[index] as Buffer);
      for (let at = 0; at < content.length; at += 1) {
        const byte = content[at] as number;
        for (let change = 1; change < 256; change += 1) {
          content[at] = byte ^ change;
          if (check(content, states[index] as ChainState).ok) expect.fail(`byte ${at} of entry ${index + 1} as ${byte ^ change}`);
        }
        content[at] = byte;
      }
    }
  });

  test('one that is changed is found from the beginning, too', () => {
    for (const index of [0, 1, 499, 998, 999]) {
      const changed = lines.map((line) => Buffer.from(line));
      const line = changed[index] as Buffer;
      line[100] = (line[100] as number) ^ 1;
      expect(checkAll(changed)).toMatchObject({ ok: false, line: index + 1 });
    }
  });

  test('any entry that is deleted, repeated or swapped with the next is missed', () => {
    for (let index = 0; index < 999; index += 1) {
      const [a, b] = [lines[index] as Buffer, lines[index + 1] as Buffer];
      const from = states[index] as ChainState;
      expect(check(b, from), `without entry ${index + 1}`).toMatchObject({ ok: false, line: index + 1 });
      expect(check(Buffer.concat([a, a]), from), `entry ${index + 1} twice`).toMatchObject({ ok: false, line: index + 2 });
      expect(check(Buffer.concat([b, a]), from), `entry ${index + 1} swapped`).toMatchObject({ ok: false, line: index + 1 });
    }
  });

  test('an altered entry whose hash was made anew no longer fits the one after it', () => {
    const { hash: _, ...content } = JSON.parse(String(lines[41]));
    const forged = Buffer.from(chain({ ...content, room: 'bluebells' }).line);
    expect(checkAll([...lines.slice(0, 41), forged, ...lines.slice(42)])).toMatchObject({ ok: false, line: 43 });
  });

  test('the same content in another spelling is not accepted', () => {
    const line = String(lines[0]);
    for (const spelling of [line.replace(',', ', '), line.replace('view.opened', 'view\\u002eopened'), ` ${line}`, `\ufeff${line}`]) {
      expect(check(Buffer.from(spelling), emptyChain)).toMatchObject({ ok: false, line: 1 });
    }
  });

  test('lines are the same in whatever pieces the file is read', () => {
    const content = Buffer.concat(lines.slice(0, 20));
    for (const size of [1, 7, 350, 4_096]) {
      const pieces = Array.from({ length: Math.ceil(content.length / size) }, (_, index) =>
        content.subarray(index * size, (index + 1) * size),
      );
      expect([...splitLines(pieces)].map(String)).toEqual(lines.slice(0, 20).map(String));
    }
  });
});
