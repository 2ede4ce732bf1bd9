import { open, rename } from 'node:fs/promises';
import { AppendFile } from './append-file.ts';
import type { ChainState } from './chain.ts';
import { ledgerFiles } from './files.ts';
import { signHead, writeHead } from './heads.ts';

export type Sign = (payload: object, typ: string) => Promise<string>;

/** The files of a ledger. A promise that resolves means: synced to disk. */
export class LedgerDisk {
  readonly #ledger: AppendFile;
  readonly #heads: AppendFile;
  readonly #newestHead: string;
  readonly #sign: Sign;

  private constructor(ledger: AppendFile, heads: AppendFile, newestHead: string, sign: Sign) {
    this.#ledger = ledger;
    this.#heads = heads;
    this.#newestHead = newestHead;
    this.#sign = sign;
  }

  static async open(folder: string, sign: Sign): Promise<LedgerDisk> {
    const files = ledgerFiles(folder);
    const heads = await AppendFile.open(files.heads);
    return new LedgerDisk(await AppendFile.open(files.ledger), heads, files.newestHead, sign);
  }

  append(lines: string): Promise<void> {
    return this.#ledger.append(lines);
  }

  /** Signs how far the chain goes. It must be on disk by then, so that no head ever names what a power cut could take. */
  async sign(last: ChainState, at: number): Promise<void> {
    const head = writeHead(await signHead(last, at, this.#sign));
    await this.#heads.append(head);
    await replaceFile(this.#newestHead, head);
  }

  async close(): Promise<void> {
    await this.#ledger.close();
    await this.#heads.close();
  }
}

/** The file has its old or its new content at every moment, and never half of one. */
async function replaceFile(path: string, content: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
