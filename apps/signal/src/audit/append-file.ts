import { fstatSync, statSync, writeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A file that only grows, by whole pieces: one that could not be written and synced to disk leaves no trace that counts. */
export class AppendFile {
  readonly #path: string;
  readonly #handle: FileHandle;
  #bytes: number;
  /** A write failed and what it left behind could not be taken away: the file may be longer than what counts. */
  #mayBeLonger = false;

  private constructor(path: string, handle: FileHandle, bytes: number) {
    this.#path = path;
    this.#handle = handle;
    this.#bytes = bytes;
  }

  /** Opens the file, and makes it, readable by its owner alone, if there is none. */
  static async open(path: string): Promise<AppendFile> {
    const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return open(path, 'wx+', 0o600);
    });
    const folder = await open(dirname(path), 'r');
    await folder.sync(); // a new file's name must survive a power cut too
    await folder.close();
    return new AppendFile(path, handle, (await handle.stat()).size);
  }

  /**
   * Writes at the end and syncs to disk. When it fails the file counts as unchanged, and the same place is written next time:
   * after a failed sync nobody knows what is on the disk. The content is with the operating system when this returns, and on
   * disk when it resolves.
   */
  async append(content: string): Promise<void> {
    this.#refuseForeignChange();
    const bytes = Buffer.from(content);
    try {
      for (let written = 0; written < bytes.length; ) {
        written += writeSync(this.#handle.fd, bytes, written, bytes.length - written, this.#bytes + written);
      }
      await this.#handle.datasync();
      if (this.#mayBeLonger) await this.#handle.truncate(this.#bytes + bytes.length);
    } catch (error) {
      this.#mayBeLonger = true; // what is left torn is found at the next start
      await this.#handle.truncate(this.#bytes).then(
        () => (this.#mayBeLonger = false),
        () => undefined,
      );
      throw error;
    }
    this.#bytes += bytes.length;
    this.#mayBeLonger = false;
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Writing into a file that was moved away, cut short or written by another process would be a gap that nobody sees. */
  #refuseForeignChange(): void {
    const [mine, there] = [fstatSync(this.#handle.fd), statSync(this.#path)];
    if (mine.ino !== there.ino || mine.dev !== there.dev) throw new Error('the file was moved or replaced');
    if (mine.size < this.#bytes) throw new Error('the file was cut short');
    if (mine.size > this.#bytes && !this.#mayBeLonger) throw new Error('another process wrote into the file');
  }
}
