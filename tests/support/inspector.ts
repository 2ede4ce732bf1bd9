import type { Program } from './program.ts';
import { until } from './until.ts';

/** Start a program with this in its environment to be able to `evaluate` in it. */
export const inspectable = { NODE_OPTIONS: '--inspect=127.0.0.1:0' };

/**
 * Evaluates an expression inside a running process, by the debugger's protocol: to keep its event loop busy, or to step the
 * clock that it sees. Does not wait for the result of a loop.
 */
export async function evaluate(program: Program, expression: string): Promise<void> {
  if (!expression.startsWith('for')) return void (await readFrom(program, expression));
  const socket = await ask(program, expression);
  // A process that is kept busy closes it later; nobody waits for that.
  setTimeout(() => socket.close(), 10_000).unref();
}

/** What an expression comes to inside a running process; undefined when that is no plain value. */
export async function readFrom(program: Program, expression: string): Promise<unknown> {
  const socket = await ask(program, expression);
  const answer = await new Promise<string>((resolve) => {
    socket.onmessage = ({ data }) => resolve(String(data));
  });
  socket.close();
  return JSON.parse(answer).result?.result?.value;
}

async function ask(program: Program, expression: string): Promise<WebSocket> {
  const url = await until('the debugger listens', () => /Debugger listening on (ws:\S+)/.exec(program.output)?.[1]);
  const socket = new WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = reject;
  });
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  return socket;
}

export const busyFor = (ms: number) => `for (const end = performance.now() + ${ms}; performance.now() < end; );`;
export const stepClock = (ms: number) => `{ const before = Date.now; Date.now = () => before() + ${ms}; }`;
