/**
 * `npm run test:chaos`: every test that makes a fault of the table happen, and no other. Arguments go on to vitest.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { projectRoot } from '../helpers/system.ts';
import { FAULT_AREAS } from './fault-rows.ts';
import { titlePattern } from './fault-table.ts';

const named = FAULT_AREAS.flatMap(({ rows }) => rows).flatMap(({ tests }) => tests);
const files = [...new Set(named.map(([file]) => join('test', file)))];
const titles = [...new Set(named.map(([, title]) => `(^| )${titlePattern(title)}$`))];
const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs');
const { status } = spawnSync(
  process.execPath,
  [vitest, 'run', ...files, '--testNamePattern', titles.join('|'), ...process.argv.slice(2)],
  { cwd: projectRoot, stdio: 'inherit', env: { ...process.env, CI: 'true' } },
);
process.exitCode = status ?? 1;
