import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { StartError } from '@peekaboo/shared/errors';
import { receiptType } from '@peekaboo/shared/hold';
import type { JSONWebKeySet } from 'jose';
import type { Entry } from '../apps/signal/src/audit/entry.ts';
import { ledgerFiles } from '../apps/signal/src/audit/files.ts';
import { parseHead, readHeads } from '../apps/signal/src/audit/heads.ts';
import { receiptText } from '../apps/signal/src/audit/receipt-text.ts';
import { reportWatching } from '../apps/signal/src/audit/report.ts';
import { asCsv, asJson, asTable } from '../apps/signal/src/audit/report-text.ts';
import { type Verdict, verifyLedger } from '../apps/signal/src/audit/verify.ts';
import { createSignatureVerifier, type VerifySigned } from '../apps/signal/src/identity/signed.ts';
import { firstSentence } from './first-sentence.ts';

/*
 * `npm run audit`: reads the ledger of one signal, whether it runs or not, and changes nothing. Needs public keys only. Exit
 * code 0 when the ledger verifies, 1 when it does not, 2 for a mistake in how it was called.
 */

const usage = `usage: npm run audit -- verify [--witness HEAD.json]
       npm run audit -- report --from ISO --to ISO [--room ID] [--csv | --json]
       npm run audit -- receipt ID
each with [--data DIR] (default: PEEKABOO_DATA, or data) and [--keys JWKS.json] (default: DIR/jwks.json)`;

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(`peekaboo audit: ${error.message}`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { verb, id, options } = readArguments();
  const folder = options.data ?? (process.env.PEEKABOO_DATA || 'data');
  if (!existsSync(ledgerFiles(folder).ledger))
    throw new StartError(`${ledgerFiles(folder).ledger}: there is no ledger here; --data names the folder`);
  const verifySigned = createSignatureVerifier(readKeys(options.keys ?? ledgerFiles(folder).publicKeys));
  switch (verb) {
    case 'verify': {
      const witness = options.witness === undefined ? undefined : readWitness(options.witness);
      const verdict = await verifyLedger({ folder, verifySigned, signatures: 'all', ...(witness && { witness }) });
      return tell(verdict);
    }
    case 'report':
      return report(folder, verifySigned, options);
    case 'receipt':
      if (id === undefined) throw new StartError(`name the receipt\n${usage}`);
      return receipt(folder, verifySigned, id);
    default:
      throw new StartError(`there is no "${verb}"\n${usage}`);
  }
}

/** One line: what was found. Returns the exit code. */
function tell(verdict: Verdict): number {
  if (verdict.state === 'broken') {
    console.error(`BROKEN: ${verdict.message}`);
    return 1;
  }
  const { last, newest } = verdict;
  const signed = newest ? `signed up to entry ${newest.seq} at ${new Date(newest.at).toISOString()}` : 'not signed yet';
  console.log(`OK: ${last.seq} entries, ${signed}`);
  return 0;
}

async function report(folder: string, verifySigned: VerifySigned, options: Options): Promise<number> {
  const { entries, verdict } = await readEntries(folder, verifySigned);
  const read = await readHeads(ledgerFiles(folder).heads, verifySigned, 'newest');
  const [from, to, now] = [instant('--from', options.from), instant('--to', options.to), Date.now()];
  const rows = reportWatching({ entries, heads: read.ok ? read.heads : [], from, to, room: options.room, now });
  const write = options.csv ? asCsv : options.json ? asJson : asTable;
  process.stdout.write(write(rows, now));
  if (verdict.state === 'intact') return 0;
  console.error(`BROKEN: ${verdict.message}. This report goes only as far as that.`);
  return 1;
}

async function receipt(folder: string, verifySigned: VerifySigned, id: string): Promise<number> {
  const { entries, verdict } = await readEntries(folder, verifySigned);
  const found = entries.find((entry) => entry.kind === 'cut.confirmed' && entry.detail.receipt.id === id);
  if (found?.kind !== 'cut.confirmed') {
    const ordered = entries.some((entry) => (entry.kind === 'cut' || entry.kind === 'revoked') && entry.detail.receipt === id);
    console.error(
      ordered ? `NOT CONFIRMED: the ledger has the order of ${id}, and no confirmation` : `UNKNOWN: the ledger has no receipt ${id}`,
    );
    return 1;
  }
  const { signature, ...content } = found.detail.receipt;
  process.stdout.write(receiptText(found.detail.receipt));
  const signed = await verifySigned(content, signature, receiptType);
  console.log(
    signed ? `  signed   yes, by the key of this nursery; entry ${found.seq} of the ledger` : '  signed   NO: the signature does not fit',
  );
  if (verdict.state === 'broken') console.error(`BROKEN: ${verdict.message}`);
  return signed && verdict.state === 'intact' ? 0 : 1;
}

async function readEntries(folder: string, verifySigned: VerifySigned): Promise<{ entries: Entry[]; verdict: Verdict }> {
  const entries: Entry[] = [];
  const verdict = await verifyLedger({ folder, verifySigned, signatures: 'newest', visit: (entry) => entries.push(entry) });
  return { entries, verdict };
}

type Options = ReturnType<typeof readArguments>['options'];

function readArguments() {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { data: text, keys: text, witness: text, from: text, to: text, room: text, csv: flag, json: flag },
    });
    const [verb, id, ...more] = positionals;
    if (more.length > 0) throw new Error(`"${more[0]}" is one word too many.`);
    return { verb, id, options: values };
  } catch (error) {
    throw new StartError(`${firstSentence(error)}\n${usage}`);
  }
}

function readKeys(path: string): JSONWebKeySet {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new StartError(`${path}: cannot be read as public keys (JSON, RFC 7517); --keys names another file`);
  }
}

function readWitness(path: string) {
  const head = existsSync(path) ? parseHead(readFileSync(path)) : undefined;
  if (!head) throw new StartError(`${path}: is not a signed head; a witness is a copy of head.json`);
  return head;
}

function instant(option: string, text: string | undefined): number {
  const at = Date.parse(text ?? '');
  if (Number.isNaN(at)) throw new StartError(`${option}: write a date and time, such as 2026-11-23T08:00:00Z\n${usage}`);
  return at;
}
