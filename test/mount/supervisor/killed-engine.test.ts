import { join } from 'node:path';
import { expect, test } from 'vitest';
import { start } from '../../helpers/child.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import { writeSeededFile } from '../../helpers/tree.ts';
import { supervised } from '../supervised.ts';

test('kill', async () => {
  const { supervisor, client } = await supervised();
  const folder = newDirectory('big');
  writeSeededFile(join(folder, 'big.bin'), 1 << 30, 7);
  await client.call('jobs.publish', { directory: folder });
  await until('published', () => supervisor.state().tasks[0]?.state === 'done', 60_000);
  const key = supervisor.state().tasks[0]?.job ?? '';
  const { mountPoint } = await client.call('jobs.mount', { job: key });
  const cmp = await start('cmp', [join(mountPoint, 'big.bin'), join(folder, 'big.bin')]);
  for (let kill = 0; kill < 12; kill += 1) {
    await new Promise((r) => setTimeout(r, 550 + Math.random() * 1200));
    const t = performance.now();
    process.kill(supervisor.enginePid ?? 0, 'SIGKILL');
    await until('away', () => supervisor.state().engine.state === 'restarting', 5000);
    await until(
      'again',
      () => supervisor.state().jobs.find((j) => j.key === key)?.state === 'mounted',
      60_000,
    );
    console.log('back after', performance.now() - t);
  }
  const exit = await cmp.exited;
  console.log(cmp.stdout(), cmp.stderr(), supervisor.state().engine);
  expect(exit).toMatchObject({ code: 0 });
}, 200_000);
