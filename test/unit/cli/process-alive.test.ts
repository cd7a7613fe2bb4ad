/** A process that runs, and one that ended and whose parent never asks how. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../../src-main/cli/process-alive.ts';
import { until } from '../../helpers/system-until.ts';

test('a process whose parent never asks how it ended counts as ended', async () => {
  // The shell becomes a program that knows nothing of the child it had before. Until then the child waits, or the shell asks.
  const parent = spawn('sh', ['-c', 'cat <&3 & echo "$!"; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once((parent.stdio[1] as Readable).setEncoding('utf8'), 'data')) as [string];
  const pid = Number(line);
  await until('the shell is gone', () => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
  expect(isAlive(pid)).toBe(true);
  (parent.stdio[3] as Writable).end();
  await until('the child has ended', () => !isAlive(pid));
  // It is still in the table.
  expect(process.kill(pid, 0)).toBe(true);
  expect(isAlive(parent.pid ?? 0)).toBe(true);
  const ended = once(parent, 'exit');
  parent.kill('SIGKILL');
  await ended;
  expect(isAlive(parent.pid ?? 0)).toBe(false);
});
