import { join } from 'node:path';

/** Where a ledger lies in its data folder. */
export function ledgerFiles(folder: string): { ledger: string; heads: string; newestHead: string; publicKeys: string } {
  return {
    ledger: join(folder, 'ledger.jsonl'),
    heads: join(folder, 'heads.jsonl'),
    newestHead: join(folder, 'head.json'),
    publicKeys: join(folder, 'jwks.json'),
  };
}
