import { StartError } from './errors.ts';

/**
 * Runs a program to its end: starts it, stops it on SIGINT, SIGTERM or when the program that started it is gone, and turns
 * a mistake in how it was started into one line and exit code 2.
 * @param start returns how to stop. `report` sends a value to the program that started this one, if it listens.
 */
export async function runProcess(name: string, start: (report: (value: unknown) => void) => Promise<() => Promise<void>>): Promise<void> {
  let stopping = false;
  let stop: (() => Promise<void>) | undefined;
  const stopOnce = async () => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 5_000).unref(); // a stop that hangs must not keep pictures alive
    await stop?.().catch((error: unknown) => console.error(`${name}: did not stop cleanly:`, error));
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopOnce);
  process.on('disconnect', stopOnce);

  try {
    stop = await start((value) => {
      if (process.connected) process.send?.(value, undefined, undefined, () => undefined);
    });
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    console.error(`peekaboo ${name}: ${error.message}`);
    process.exit(2);
  }
}
