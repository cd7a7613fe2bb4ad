/** A program that cannot start, or has ended, leaves nothing running in its process. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { run } from '../../helpers/child.ts';
import { projectRoot } from '../../helpers/system.ts';
import { newHome } from './command-line.ts';
import { startUp } from './running-up.ts';

const PROGRAM = join(projectRoot, 'test', 'helpers', 'second-program-main.ts');

test('a second program is refused, and its process ends by itself', async () => {
  const up = await startUp();
  const second = await run(process.execPath, [PROGRAM], { env: up.env });
  expect(second).toMatchObject({ code: 0, signal: null, stdout: 'ALREADY_RUNNING\n' });
  expect((await up.type('status')).code).toBe(0);
});

test('a program that was stopped lets its process end by itself', async () => {
  const only = await run(process.execPath, [PROGRAM], { env: newHome() });
  expect(only).toMatchObject({ code: 0, signal: null, stdout: 'started\n' });
});
