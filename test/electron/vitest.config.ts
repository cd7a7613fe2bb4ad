/**
 * The tests that drive the real Electron app, apart from the others because few machines have its binary. Invariant: where
 * they cannot run, that is said aloud, and with CI set it is a failure.
 */
import { defineConfig } from 'vitest/config';
import { mountObstacle, projectRoot } from '../helpers/system.ts';
import { appObstacle } from './app-obstacle.ts';

const obstacle = appObstacle() ?? mountObstacle();
if (obstacle !== undefined) {
  const lines = ['', 'NOT RUN: every test in test/electron.', `Reason: ${obstacle}`, ''];
  process.stderr.write(`${lines.map((line) => `!!! ${line}`).join('\n')}\n`);
}

export default defineConfig({
  root: projectRoot,
  test: {
    name: 'electron',
    include: obstacle === undefined ? ['test/electron/**/*.test.ts'] : [],
    passWithNoTests: process.env['CI'] !== 'true',
    globalSetup: ['test/helpers/system-global-setup.ts'],
    setupFiles: ['test/helpers/child-setup.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
