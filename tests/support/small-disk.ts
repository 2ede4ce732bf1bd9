import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Only the administrator may mount a file system. */
export const canMount = process.getuid?.() === 0 && process.platform === 'linux';

/** A folder on a file system of its own that holds so many bytes, in memory: for filling it up. */
export class SmallDisk {
  readonly folder: string;

  constructor(bytes: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'peekaboo-small-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', this.folder]);
  }

  /** Fills it to the last byte. */
  fill(): void {
    const file = openSync(join(this.folder, 'filler'), 'a');
    try {
      for (const size of [65_536, 4_096, 1]) for (;;) if (writeSync(file, Buffer.alloc(size)) < size) break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.folder, 'filler'), { force: true });
  }

  remove(): void {
    execFileSync('umount', ['--lazy', this.folder]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
