/** What a killed program left in the mount table, what a living one has there, and what one has that hangs. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../src-main/engine/clock.ts';
import { silentLogger } from '../../src-main/engine/log.ts';
import { StaleMounts } from '../../src-main/supervisor/stale-mounts.ts';
import { runOk } from '../helpers/child.ts';
import { mountJob } from '../helpers/mounted-job.ts';
import { engineOf } from '../helpers/running-engine.ts';
import { fuseMountsBelow, mountAt } from '../helpers/system-mounts.ts';
import { newDirectory } from '../helpers/system.ts';
import { killWithEngine, smallJob } from './cli/command-line.ts';

test('a dead mount is taken away; one that is served stays, also when whoever serves it hangs, and holds up no other', async () => {
  const { database, job } = await smallJob();
  const root = newDirectory('root');
  const [dead, alive, hanging] = [join(root, 'dead'), join(root, 'alive'), join(root, 'hanging')];
  for (const directory of [dead, alive, hanging]) mkdirSync(directory);
  const first = await mountJob({ database, job, mountPoint: dead });
  await mountJob({ database, job, mountPoint: alive });
  const third = await mountJob({ database, job, mountPoint: hanging });
  await killWithEngine(first.process);
  const hung = engineOf(third) ?? 0;
  // Its supervisor first, which would start another.
  third.process.signal('SIGSTOP');
  process.kill(hung, 'SIGSTOP');
  const mounted = (): string[] => fuseMountsBelow(root).map(({ mountPoint }) => mountPoint);
  expect(mounted().toSorted()).toEqual([alive, dead, hanging]);
  const stale = new StaleMounts({ clock: systemClock, logger: silentLogger });
  let isOver = false;
  const all = stale.allCleared().then(() => (isOver = true));
  await stale.cleared(join(root, 'nothing'));
  await stale.cleared(dead);
  expect(mounted().toSorted()).toEqual([alive, hanging]);
  expect(isOver).toBe(false);
  await all;
  expect(mounted().toSorted()).toEqual([alive, hanging]);
  process.kill(hung, 'SIGCONT');
  third.process.signal('SIGCONT');
});

test('a dead mount is taken away wherever it is, and waited for by any path that leads there', async () => {
  const { database, job } = await smallJob();
  const root = newDirectory('root');
  const dead = join(root, 'dead');
  mkdirSync(dead);
  const link = join(newDirectory('link'), 'to root');
  symlinkSync(root, link);
  const mount = await mountJob({ database, job, mountPoint: dead });
  await killWithEngine(mount.process);
  expect(mountAt(dead)).toBeDefined();
  await new StaleMounts({ clock: systemClock, logger: silentLogger }).cleared(join(link, 'dead'));
  expect(mountAt(dead)).toBeUndefined();
});

const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)('dead mounts that lie over each other are all taken away (needs root)', async () => {
  const { database, job } = await smallJob();
  const [root, elsewhere] = [newDirectory('root'), newDirectory('elsewhere')];
  const first = await mountJob({ database, job, mountPoint: join(root, 'dead') });
  const second = await mountJob({ database, job, mountPoint: join(elsewhere, 'dead') });
  for (const { process } of [first, second]) await killWithEngine(process);
  await runOk('mount', ['--move', second.mountPoint, first.mountPoint]);
  expect(fuseMountsBelow(root)).toHaveLength(2);
  await new StaleMounts({ clock: systemClock, logger: silentLogger }).cleared(first.mountPoint);
  expect(fuseMountsBelow(root)).toEqual([]);
});
