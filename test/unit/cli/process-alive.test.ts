/** A process that runs, and one that ended and whose parent never asks how. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { isAlive } from '../../../src-main/cli/process-alive.ts';
import { until } from '../../helpers/system-until.ts';

test('a process whose parent never asks how it ended counts as ended', async () => {
  // The shell becomes a program that knows nothing of the child it had before.
  const parent = spawn('sh', ['-c', 'true & echo "$!"; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
  const pid = Number(line);
  await until('the child has ended', () => !isAlive(pid));
  // It is still in the table.
  expect(process.kill(pid, 0)).toBe(true);
  expect(isAlive(parent.pid ?? 0)).toBe(true);
  const ended = once(parent, 'exit');
  parent.kill('SIGKILL');
  await ended;
  expect(isAlive(parent.pid ?? 0)).toBe(false);
});
