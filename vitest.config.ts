/**
 * Four groups of tests: pure ones side by side, then those that mount, those that also open a browser and those that do harm
 * meanwhile, one file at a time, because they measure and share one kernel. Invariant: with CI set nothing is left out, a machine that cannot mount
 * fails there.
 */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { FAULT_AREAS } from './test/chaos/fault-rows.ts';
import { FaultTable } from './test/chaos/fault-table.ts';
import { chaosSeed } from './test/chaos/profile.ts';
import { FailureSummary } from './test/helpers/failure-summary.ts';
import { mountObstacle } from './test/helpers/system.ts';

const pure = {
  test: {
    name: 'unit',
    include: ['test/unit/**/*.test.ts', 'test/protocol/**/*.test.ts'],
    // None takes seconds by itself; a loaded machine must not turn one red.
    testTimeout: 60_000,
    sequence: { groupOrder: 0 },
  },
};

const mounting = {
  test: {
    name: 'mount',
    include: ['test/mount/**/*.test.ts'],
    globalSetup: ['test/helpers/system-global-setup.ts'],
    setupFiles: ['test/helpers/child-setup.ts'],
    pool: 'forks' as const,
    fileParallelism: false,
    // Gigabytes pass through these on two cores; their inner steps have tighter limits of their own.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    sequence: { groupOrder: 1 },
  },
};

const screen = {
  test: {
    ...mounting.test,
    name: 'ui',
    include: ['test/ui/**/*.test.ts'],
    // What a page shows may come late on a loaded machine.
    expect: { poll: { timeout: 15_000 } },
    globalSetup: [...mounting.test.globalSetup, 'test/ui/screen-build.ts'],
    sequence: { groupOrder: 2 },
  },
};

const chaos = {
  test: {
    ...mounting.test,
    name: 'chaos',
    include: ['test/chaos/**/*.test.ts'],
    sequence: { groupOrder: 3 },
  },
};

const obstacle = mountObstacle();
const leftOut = obstacle !== undefined && process.env['CI'] !== 'true';
if (leftOut) {
  const lines = ['', 'NOT RUN: every test in test/mount, test/ui and test/chaos.', `Reason: ${obstacle}`, ''];
  process.stderr.write(`${lines.map((line) => `!!! ${line}`).join('\n')}\n`);
}

// Chosen here, so that all processes of the run throw the same dice.
chaosSeed();

export default defineConfig({
  test: {
    projects: leftOut ? [pure] : [pure, mounting, screen, chaos],
    reporters: [
      'default',
      new FaultTable(join(import.meta.dirname, 'test'), FAULT_AREAS),
      // Last, so that it is the end of the log.
      new FailureSummary(),
    ],
  },
});
