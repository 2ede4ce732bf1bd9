/**
 * Is aborted by the first Ctrl-C (SIGINT, SIGTERM, or SIGHUP from a terminal that is closed), so that whatever is under way can be taken back: a cut lifted,
 * entitlements ended, folders removed. The second ends this process at once.
 */
export function untilInterrupted(say: (line: string) => void): AbortSignal {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => {
      if (interrupted.signal.aborted) process.exit(130);
      // A terminal that is gone is no reason to stop tidying up.
      for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
      interrupted.abort(new Error(`interrupted by ${name}`));
      say('interrupted; tidying up (again to end at once)');
    });
  return interrupted.signal;
}
