import { existsSync, readFileSync } from 'node:fs';
import type { VerifySigned } from '../identity/signed.ts';
import { type ChainState, checkChain, emptyChain, type Flaw } from './chain.ts';
import { type Entry, entry as entrySchema, type SignedHead } from './entry.ts';
import { ledgerFiles } from './files.ts';
import { isSignedHead, parseHead, readHeads } from './heads.ts';
import { readLines } from './read-file.ts';

export type Verdict =
  | { state: 'intact'; last: ChainState; newest: SignedHead | undefined }
  /** `message` names the first bad entry, or the first bad line of the heads. */
  | { state: 'broken'; message: string };

export type VerifyOptions = {
  folder: string;
  verifySigned: VerifySigned;
  /** All signatures of the heads, or that of the newest alone; every head must name the entry it was signed for in any case. */
  signatures: 'all' | 'newest';
  /** A head that somebody copied earlier. */
  witness?: SignedHead;
  visit?: (entry: Entry) => void;
};

/**
 * Checks the whole chain, and that it reaches and agrees with every signed head, and with a witness if there is one. An edit,
 * deletion, reordering or truncation of what any of them covers is found. Heads are read first, so a ledger may be
 * checked while signal writes it.
 */
export async function verifyLedger({ folder, verifySigned, signatures, witness, visit }: VerifyOptions): Promise<Verdict> {
  const files = ledgerFiles(folder);
  if (witness && !(await isSignedHead(witness, verifySigned))) return broken('the witness is not signed by the key of this ledger');
  const read = await readHeads(files.heads, verifySigned, signatures);
  if (!read.ok) return broken(`heads.jsonl, line ${read.line}: ${read.why}`);

  const newest = read.heads.at(-1);
  const heads = [...read.heads];
  if (existsSync(files.newestHead)) {
    const copy = parseHead(readFileSync(files.newestHead));
    if (!copy || !(await isSignedHead(copy, verifySigned))) return broken('head.json: is not signed by the key of this ledger');
    heads.push(copy);
  }
  if (witness) heads.push(witness);
  heads.sort((a, b) => a.seq - b.seq);
  let nextHead = 0;
  const agree = ({ seq, hash }: ChainState): Flaw | undefined => {
    for (let head = heads[nextHead]; head && head.seq <= seq; head = heads[++nextHead]) {
      if (head.seq === seq && head.hash !== hash) return { ok: false, line: seq, why: `is not the one that was signed at ${iso(head.at)}` };
    }
    return undefined;
  };
  const early = agree(emptyChain);
  if (early) return broken(`entry 0: ${early.why}`);

  const checked = checkChain(readLines(files.ledger), emptyChain, (content) => {
    const flaw = agree(content);
    if (flaw) return flaw;
    if (!visit) return undefined;
    const entry = entrySchema.safeParse(content);
    if (!entry.success) return { ok: false, line: content.seq, why: 'is of a kind that this version does not know' };
    visit(entry.data);
    return undefined;
  });
  if (!checked.ok) return broken(`entry ${checked.line}: ${checked.why}`);

  const beyond = heads.at(-1);
  if (beyond && beyond.seq > checked.last.seq)
    return broken(`entry ${checked.last.seq + 1}: is missing; entry ${beyond.seq} was there and signed at ${iso(beyond.at)}`);
  if (checked.last.seq > 0 && !newest) return broken('heads.jsonl: is missing, and nothing says how long the ledger was');
  return { state: 'intact', last: checked.last, newest };
}

function broken(message: string): Verdict {
  return { state: 'broken', message };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
