import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// Debian keeps some programs (tcpdump) where only root's PATH looks.
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * @param {string} name
 * @returns {boolean} whether a program of this name can be run
 */
export function isInstalled(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...SYSTEM_FOLDERS];
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, name)));
}

/** @param {string} file */
export function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
