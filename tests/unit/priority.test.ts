import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { cameraNiceness, niceness, setNiceness } from '@peekaboo/shared/priority';
import { expect, test } from 'vitest';

/** As /proc tells it; undefined where there are no such groups. */
function groupOf(pid: number): string | undefined {
  const path = `/proc/${pid}/autogroup`;
  return existsSync(path) ? /nice (-?\d+)/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
}

test('a process that gives way does, with its session; the session of one that shares ours is left alone', () => {
  const ours = groupOf(process.pid);
  const [leader, member] = [true, false].map((detached) => spawn('sleep', ['60'], { detached, stdio: 'ignore' }));
  try {
    for (const child of [leader, member]) {
      expect(setNiceness(child?.pid as number, niceness.stranger)).toBe(true);
      expect(getPriority(child?.pid as number)).toBe(niceness.stranger);
    }
    if (ours !== undefined) expect(groupOf(leader?.pid as number)).toBe(String(niceness.stranger));
    expect(groupOf(process.pid)).toBe(ours);
  } finally {
    leader?.kill('SIGKILL');
    member?.kill('SIGKILL');
  }
});

test('a camera comes after the SFU, and not after the rest of the machine where the SFU may come first', () => {
  expect(cameraNiceness(niceness.timely)).toBe(0);
  expect(cameraNiceness(0)).toBe(5);
});
