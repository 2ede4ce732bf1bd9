import type { VerifySigned } from '../identity/signed.ts';
import { canonical } from './canonical.ts';
import type { ChainState } from './chain.ts';
import { headType, type SignedHead, signedHead } from './entry.ts';
import { readLines } from './read-file.ts';

export type Heads = { ok: true; heads: SignedHead[] } | { ok: false; line: number; why: string };

/** Signs how far the chain goes at this moment. */
export async function signHead(
  { seq, hash }: ChainState,
  at: number,
  sign: (payload: object, typ: string) => Promise<string>,
): Promise<SignedHead> {
  return { seq, hash, at, signature: await sign({ seq, hash, at }, headType) };
}

export function isSignedHead({ signature, ...head }: SignedHead, verifySigned: VerifySigned): Promise<boolean> {
  return verifySigned(head, signature, headType);
}

/**
 * Reads all signed heads, oldest first.
 * @param check which signatures are verified: each takes about a tenth of a millisecond, and there may be very many.
 */
export async function readHeads(path: string, verifySigned: VerifySigned, check: 'all' | 'newest'): Promise<Heads> {
  const heads: SignedHead[] = [];
  for (const bytes of readLines(path)) {
    const head = parseHead(bytes);
    if (!head) return { ok: false, line: heads.length + 1, why: 'is not a signed head' };
    heads.push(head);
  }
  const first = check === 'all' ? 0 : Math.max(0, heads.length - 1);
  for (const [index, head] of heads.entries()) {
    if (head.seq < (heads[index - 1]?.seq ?? 0)) return { ok: false, line: index + 1, why: 'is older than the one before it' };
    if (index >= first && !(await isSignedHead(head, verifySigned)))
      return { ok: false, line: index + 1, why: 'is not signed by the key of this ledger' };
  }
  return { ok: true, heads };
}

/** A head as `heads.jsonl` and `head.json` have it; undefined when it is anything else. */
export function parseHead(bytes: Uint8Array): SignedHead | undefined {
  const text = Buffer.from(bytes).toString('utf8');
  try {
    const head = signedHead.parse(JSON.parse(text));
    return writeHead(head) === text ? head : undefined;
  } catch {
    return undefined;
  }
}

export function writeHead(head: SignedHead): string {
  return `${canonical(head)}\n`;
}
