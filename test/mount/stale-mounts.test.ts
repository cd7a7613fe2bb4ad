/** What a killed program left in the mount table, and what a living one has there. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src-main/engine/clock.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { removeStaleMounts } from '../../src-main/supervisor/stale-mounts.ts';
import { mountJob } from '../helpers/mounted-job.ts';
import { fuseMountsBelow } from '../helpers/system-mounts.ts';
import { newDirectory } from '../helpers/system.ts';
import { smallJob } from './cli/command-line.ts';

test('a dead mount is taken away, one that is served stays', async () => {
  const { database, job } = await smallJob();
  const root = newDirectory('root');
  const [dead, alive] = [join(root, 'dead'), join(root, 'alive')];
  for (const directory of [dead, alive]) mkdirSync(directory);
  const first = await mountJob({ database, job, mountPoint: dead });
  await mountJob({ database, job, mountPoint: alive });
  await first.process.stop({ signal: 'SIGKILL' });
  const mounted = (): string[] => fuseMountsBelow(root).map(({ mountPoint }) => mountPoint);
  expect(mounted().toSorted()).toEqual([alive, dead]);
  await removeStaleMounts(root, systemClock, silentLogger);
  expect(mounted()).toEqual([alive]);
});
