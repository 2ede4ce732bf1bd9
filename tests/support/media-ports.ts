import { existsSync, readFileSync } from 'node:fs';

/** Processes that began one after the other begin far apart. */
let taken = (process.pid * 137) % 1_000;

/** Media workers take any port from 10,000 on for what goes between them. */
const lowest = 6_000;

/** Two media ports in a row, one a worker, that nobody has: known beforehand, and kept by a worker that is replaced. */
export function mediaPorts(): [number, number] {
  const bound = boundPorts();
  for (let tries = 0; tries < 1_000; tries += 1) {
    taken = (taken + 1) % 1_000;
    const first = lowest + 2 * taken;
    if (!bound.has(first) && !bound.has(first + 1)) return [first, first + 1];
  }
  throw new Error(`no media port between ${lowest} and ${lowest + 2_000} is free`);
}

/** The ports that a socket of this machine is bound to, in our network namespace; none where the kernel does not list them. */
function boundPorts(): Set<number> {
  const lists = ['udp', 'udp6', 'tcp', 'tcp6'].map((name) => `/proc/net/${name}`).filter((path) => existsSync(path));
  const rows = lists.flatMap((path) => readFileSync(path, 'utf8').split('\n').slice(1));
  return new Set(rows.map((row) => Number.parseInt(/:([0-9A-F]{4}) /.exec(row)?.[1] ?? '', 16)));
}
