import { canonical, sha256 } from './canonical.ts';

/** How far a chain goes: its last entry. */
export type ChainState = { seq: number; hash: string };

/** Before the first entry. */
export const emptyChain: ChainState = { seq: 0, hash: '0'.repeat(64) };

export type Content = { seq: number; prev: string };
type ChainedEntry = Content & { hash: string };

/** `line` counts from 1 and is also the number that the entry there should have. */
export type Flaw = { ok: false; line: number; why: string };
export type Checked = { ok: true; last: ChainState } | Flaw;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Adds an entry to the chain: returns its line, with the line break, and the chain's new end. */
export function chain(content: Content): { line: string; last: ChainState } {
  const hash = sha256(canonical(content));
  return { line: `${canonical({ ...content, hash })}\n`, last: { seq: content.seq, hash } };
}

/**
 * Checks lines as the continuation of a chain, and stops at the first that is not. A line counts only byte for byte as
 * `chain` would have written it, so there is no edit that changes nothing.
 * @param visit is given each good entry, its shape unchecked but for what chains it.
 */
export function checkChain(lines: Iterable<Uint8Array>, from: ChainState, visit: (entry: ChainedEntry) => Flaw | undefined): Checked {
  let last = from;
  for (const bytes of lines) {
    const entry = checkLine(bytes, last);
    if (typeof entry === 'string') return { ok: false, line: last.seq + 1, why: entry };
    last = { seq: entry.seq, hash: entry.hash };
    const flaw = visit(entry);
    if (flaw) return flaw;
  }
  return { ok: true, last };
}

/** Returns the entry, or what is wrong with it. */
function checkLine(bytes: Uint8Array, last: ChainState): ChainedEntry | string {
  if (bytes.at(-1) !== lineBreak) return 'is torn: its line does not end';
  let entry: ChainedEntry;
  try {
    const text = decoder.decode(bytes.subarray(0, -1));
    entry = JSON.parse(text);
    if (canonical(entry) !== text) return 'was altered: it is not in canonical form';
    const { hash, ...content } = entry;
    if (sha256(canonical(content)) !== hash) return 'was altered: it does not fit its hash';
  } catch {
    return 'was altered: it is not JSON';
  }
  if (entry.seq !== last.seq + 1) return `is missing or out of order: entry ${entry.seq} stands in its place`;
  if (entry.prev !== last.hash) return 'does not follow from the entry before it';
  return entry;
}

const lineBreak = 0x0a;

/** Cuts content into lines, each with its line break; the last one may lack it. */
export function* splitLines(chunks: Iterable<Uint8Array>): Generator<Uint8Array> {
  let rest: Uint8Array = new Uint8Array();
  for (const chunk of chunks) {
    const content = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = content.indexOf(lineBreak); end >= 0; end = content.indexOf(lineBreak, start)) {
      yield content.subarray(start, end + 1);
      start = end + 1;
    }
    rest = content.slice(start);
  }
  if (rest.length > 0) yield rest;
}
