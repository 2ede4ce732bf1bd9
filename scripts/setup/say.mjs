// Everything goes to stderr: the stdout of `npm start -- --json` belongs to its one line of JSON.
const QUIET_INTERVAL_MS = 10_000;

/** @param {string} line */
export function say(line) {
  process.stderr.write(`setup: ${line}\n`);
}

/** @typedef {{update: (text: string) => void, end: () => void}} Progress */

/**
 * A line about something that takes long: rewritten in place on a terminal, repeated every ten seconds in a log.
 * @returns {Progress}
 */
export function startProgress() {
  const rewrites = process.stderr.isTTY === true;
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown = '';
  return {
    update(text) {
      if (text === shown) return;
      if (rewrites) {
        const width = (process.stderr.columns || 80) - 1;
        process.stderr.write(`\r\x1b[2K${`setup: ${text}`.slice(0, width)}`);
      } else if (performance.now() - shownAt >= QUIET_INTERVAL_MS) {
        say(text);
        shownAt = performance.now();
      }
      shown = text;
    },
    end() {
      if (rewrites && shown !== '') process.stderr.write('\n');
    },
  };
}
