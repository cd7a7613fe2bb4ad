/** The reserve of descriptors, in a process that has used up all others. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LOG_FILE } from '../../src-main/output/logging.ts';

const MAIN = join(import.meta.dirname, '..', 'helpers', 'exhausted-process-main.ts');
const LIMIT = 320;

function exhausted(reserve: 'with' | 'without') {
  const directory = mkdtempSync(join(tmpdir(), 'orbit-ghost-log-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const script = `ulimit -n ${String(LIMIT)} && exec "$@"`;
  const command = ['-c', script, 'sh', process.execPath, MAIN, directory, reserve];
  // Node reads further certificates that the environment names in a thread of its own, which would want a descriptor, too.
  const env = { PATH: process.env['PATH'] };
  const { stdout, stderr } = spawnSync('sh', command, { encoding: 'utf8', env });
  expect(stderr).toBe('');
  const log = readFileSync(join(directory, LOG_FILE), 'utf8');
  return { ...(JSON.parse(stdout) as object), lines: log.match(/line \d/g) ?? [] };
}

test('with a reserve, a process out of descriptors goes on logging to its file and sees its readers', () => {
  expect(exhausted('with')).toEqual({
    // A sixteenth of all, where more is asked for.
    shares: [LIMIT / 16, 8],
    looks: ['Name:', 'Name:', 'Name:'],
    lines: ['line 1', 'line 2', 'line 3'],
  });
  expect(exhausted('without')).toMatchObject({ looks: ['none', 'none', 'none'], lines: [] });
});
