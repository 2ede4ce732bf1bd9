import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../setup/run.mjs';

const LIMIT_MS = 120_000;
const APT = '/etc/apt';

/**
 * Fetches and unpacks a Debian source package with its patches, from the archives this machine already trusts. The machine's
 * own apt configuration and lists stay as they are: apt works on copies within `folder`, in which packages became sources.
 * @param {string} name of the source package
 * @param {string} folder empty
 * @param {string} logFile
 * @returns {Promise<string | undefined>} why it could not be had, if so
 */
export async function fetchDebianSource(name, folder, logFile) {
  const parts = join(folder, 'apt', 'sources.list.d');
  for (const path of [parts, join(folder, 'apt', 'lists', 'partial'), join(folder, 'apt', 'cache', 'archives', 'partial')]) {
    mkdirSync(path, { recursive: true });
  }
  for (const file of sourceLists()) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(join(parts, file.replaceAll('/', '_')), file.endsWith('.sources') ? stanzasForSources(text) : linesForSources(text));
  }
  const options = [
    ['Dir::Etc::SourceList', '/dev/null'],
    ['Dir::Etc::SourceParts', parts],
    ['Dir::State::Lists', join(folder, 'apt', 'lists')],
    ['Dir::Cache', join(folder, 'apt', 'cache')],
    // apt's own user may not enter a home folder.
    ...(process.getuid?.() === 0 ? [['APT::Sandbox::User', 'root']] : []),
  ].flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  // Archives without sources make the update fail; what counts is whether ours comes.
  await run('apt-get', [...options, 'update'], { logFile, timeoutMs: LIMIT_MS });
  const { ok, tail } = await run('apt-get', [...options, 'source', '--only-source', name], { cwd: folder, logFile, timeoutMs: LIMIT_MS });
  if (ok) return undefined;
  const complaint = tail.at(-1) ?? '';
  return /deb-src|source package/.test(complaint) ? 'no archive of sources can be reached' : complaint;
}

function sourceLists() {
  const lists = listFolder(join(APT, 'sources.list.d')).filter((file) => /\.(list|sources)$/.test(file));
  return [...lists, ...listFolder(APT).filter((file) => file.endsWith('/sources.list'))];
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** @param {string} text of a file in deb822 style */
function stanzasForSources(text) {
  return text.replaceAll(/^Types:.*$/gm, 'Types: deb-src');
}

/** @param {string} text of a file with one archive per line */
function linesForSources(text) {
  const lines = text.split('\n').map((line) => line.trim());
  return `${[...new Set(lines.filter((line) => line.startsWith('deb')).map((line) => line.replace(/^deb(-src)?/, 'deb-src')))].join('\n')}\n`;
}
