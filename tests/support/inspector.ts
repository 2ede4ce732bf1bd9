import type { Program } from './program.ts';
import { until } from './until.ts';

/** Start a program with this in its environment to be able to `evaluate` in it. */
export const inspectable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/**
 * Evaluates an expression inside a running process, by the debugger's protocol: to keep its event loop busy, or to step the
 * clock that it sees. Does not wait for the result.
 */
export async function evaluate(program: Program, expression: string): Promise<void> {
  const url = await until('the debugger listens', () => /Debugger listening on (ws:\S+)/.exec(program.output)?.[1]);
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  if (!expression.startsWith('for')) await new Promise((resolve) => (socket.onmessage = resolve));
  // A process that is kept busy closes it later; nobody waits for that.
  else setTimeout(() => socket.close(), 10_000).unref();
}

export const busyFor = (ms: number) => `for (const end = performance.now() + ${ms}; performance.now() < end; );`;
export const stepClock = (ms: number) => `{ const before = Date.now; Date.now = () => before() + ${ms}; }`;
