import { existsSync, mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '@peekaboo/shared/errors';

/** Makes the folder, unless it is there, and tries to write into it: a run of ten minutes is not to end without its report. @throws StartError. */
export function makeReportFolder(folder: string): void {
  try {
    make(resolve(folder));
    rmdirSync(mkdtempSync(join(folder, '.peekaboo-')));
  } catch (error) {
    throw new StartError(`--report ${folder}: cannot be written to (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** One folder after the other: Node's own `recursive` never comes back from where none can be made, as under /proc. */
function make(folder: string): void {
  if (existsSync(folder)) return;
  make(dirname(folder));
  mkdirSync(folder);
}
