import type { Clock } from '@peekaboo/shared/clock';
import { StartError } from '@peekaboo/shared/errors';
import type { Logger } from '@peekaboo/shared/log';
import type { Periods } from '@peekaboo/shared/periods';
import type { Issuer } from '../identity/issuer.ts';
import { createSignatureVerifier } from '../identity/signed.ts';
import type { Entry } from './entry.ts';
import { ledgerFiles } from './files.ts';
import { Ledger } from './ledger.ts';
import { LedgerDisk } from './ledger-disk.ts';
import { recoverTornTail } from './torn-tail.ts';
import { verifyLedger } from './verify.ts';

type Options = { folder: string; issuer: Issuer; clock: Clock; log: Logger; periods: Periods['ledger'] };

/**
 * Opens the ledger of this signal, and makes one if there is none. The whole chain is checked first, from its first entry on.
 * @throws StartError when it does not verify or cannot be opened: nothing is added to a chain that somebody has altered.
 */
export async function openLedger({ folder, issuer, clock, log, periods }: Options): Promise<Ledger> {
  const files = ledgerFiles(folder);
  try {
    const recovered = [files.ledger, files.heads].flatMap((path) => recoverTornTail(path) ?? []);
    const verifySigned = createSignatureVerifier(issuer.jwks);
    let lastKind: Entry['kind'] | undefined;
    const visit = ({ kind }: Entry) => {
      lastKind = kind;
    };
    const verdict = await verifyLedger({ folder, verifySigned, signatures: 'newest', visit });
    if (verdict.state === 'broken')
      throw new StartError(
        `${files.ledger}: ${verdict.message}. Somebody or something altered it: keep ledger.jsonl, heads.jsonl and head.json as evidence, somewhere else, and start again; a new ledger begins`,
      );

    const disk = await LedgerDisk.open(folder, issuer.sign);
    // A ledger with entries has a signed head, from before its first entry on: heads that are gone are missed.
    if (!verdict.newest) await disk.sign(verdict.last, clock.now());
    const ledger = new Ledger({ disk, last: verdict.last, clock, log, periods });
    for (const recovery of recovered) {
      log.error(recovery.detail, 'the ledger ended in half a line, as after a power cut; it was kept aside');
      ledger.record(recovery);
    }
    const after = lastKind === undefined ? 'nothing' : lastKind === 'stopped' ? 'stop' : 'unknown';
    ledger.record({ kind: 'started', detail: { after, headEveryMs: periods.headEveryMs } });
    ledger.signHead();
    return ledger;
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`${files.ledger}: cannot be opened (${(error as Error).message}); check the disk, or set PEEKABOO_DATA`);
  }
}
