/** A million frames of nonsense for the session that talks to the kernel, through a socket in place of the device. */
import { expect, test } from 'vitest';
import { join } from 'node:path';
import { runOk } from '../helpers/child.ts';
import { newDirectory, projectRoot } from '../helpers/system.ts';
import { chaosSeed, fuzzFrames } from './profile.ts';

const MAIN = join(projectRoot, 'test', 'helpers', 'protocol-fuzz-main.ts');
const LIMIT_MS = 280_000;

test('a session survives a million frames of nonsense: one well-formed reply to each request, none to anything else', async () => {
  const args = [MAIN, String(chaosSeed()), String(fuzzFrames()), newDirectory('fuzz')];
  const counted: unknown = JSON.parse(await runOk(process.execPath, args, { timeoutMs: LIMIT_MS }));
  expect(counted).toMatchObject({ sent: expect.toSatisfy((sent: number) => sent >= fuzzFrames()) });
});
