/** Places that cannot be mounted on, and devices that cannot be used: refused with a sentence, nothing left behind. */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { run, type Child } from '../../helpers/child.ts';
import { mountJob } from '../../helpers/mounted-job.ts';
import { onCleanup } from '../../helpers/system-cleanup.ts';
import { abortMount, fuseMountsBelow, mountAt } from '../../helpers/system-mounts.ts';
import { until } from '../../helpers/system-until.ts';
import { newDirectory } from '../../helpers/system.ts';
import {
  expectRefusal,
  killWithEngine,
  newHome,
  openForOthers,
  orbitGhost,
  smallJob,
  startOrbitGhost,
} from './command-line.ts';
import type { SmallJob } from './command-line.ts';
import { directoryOfOtherUser, runAsOtherUser } from './other-user.ts';

let small: SmallJob;

beforeAll(async () => {
  small = await smallJob();
  openForOthers(small.database);
});

const mounting = (...more: readonly string[]): string[] => [
  '--job-id',
  String(small.job),
  '--database',
  small.database,
  ...more,
];

describe('a mount point', () => {
  it('is created when missing', async () => {
    const mountPoint = join(newDirectory('mount'), 'deep', 'er');
    await using mount = await mountJob({ ...small, mountPoint });
    expect(await run('cat', [join(mountPoint, 'hello.txt')])).toMatchObject({ stdout: 'hello\n' });
    expect(await mount.unmount()).toMatchObject({ code: 0 });
  });

  it('may not be a file', async () => {
    const mountPoint = join(newDirectory('mount'), 'file');
    writeFileSync(mountPoint, '');
    const refused = await orbitGhost(mounting('-m', mountPoint), newHome());
    expectRefusal(refused, { code: 1, says: [mountPoint, 'is a file', 'Choose a directory'] });
  });

  it('may not lie below a file', async () => {
    const file = join(newDirectory('mount'), 'file');
    writeFileSync(file, '');
    const refused = await orbitGhost(mounting('-m', join(file, 'below')), newHome());
    expectRefusal(refused, { code: 1, says: [file, /cannot be (created|used)/] });
  });

  it('may be a symbolic link, and is unmounted behind it', async () => {
    const directory = newDirectory('mount');
    const link = join(newDirectory('link'), 'to mount');
    symlinkSync(directory, link);
    const home = newHome();
    const child = await startOrbitGhost(mounting('-m', link), home);
    await child.waitForLine(/^mounted job \d+ at /);
    expect(mountAt(directory)?.type).toBe('fuse.orbit-ghost');
    const refused = await orbitGhost(mounting('-m', link), newHome());
    expect(refused.stderr).toContain('already mounted');
    expect(await child.stop()).toMatchObject({ code: 0 });
    expect(mountAt(directory)).toBeUndefined();
  });

  it('may not hold anything', async () => {
    const mountPoint = newDirectory('mount');
    mkdirSync(join(mountPoint, 'mine'));
    const refused = await orbitGhost(mounting('-m', mountPoint), newHome());
    expectRefusal(refused, { code: 1, says: [mountPoint, 'not empty', 'empty directory'] });
    expect(readdirSync(mountPoint)).toEqual(['mine']);
  });

  it('may not be in use, and whoever uses it is not disturbed', async () => {
    await using mount = await mountJob(small);
    const refused = await orbitGhost(mounting('-m', mount.mountPoint), newHome());
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /in use: orbit-ghost-job-\d+ is already mounted there\. Unmount it .* or choose another\.$/m,
    );
    expect(await run('cat', [join(mount.mountPoint, 'hello.txt')])).toMatchObject({ stdout: 'hello\n' });
  });

  it("is the first one's when two processes want it at the same moment", async () => {
    const mountPoint = newDirectory('mount');
    const [one, other] = await Promise.all(
      ['one', 'other'].map(() => startOrbitGhost(mounting('-m', mountPoint), newHome())),
    );
    const isIn = (child: Child | undefined): boolean => /^mounted /m.test(child?.stdout() ?? '');
    const refused = await Promise.race(
      [one, other].map(async (child) => ({ child, ...(await child?.exited) })),
    );
    expect(refused.code).toBe(1);
    expect(refused.child?.stderr()).toContain('is already mounted there');
    const winner = refused.child === one ? other : one;
    await until('the other mounts', () => isIn(winner), 60_000);
    expect(fuseMountsBelow(mountPoint)).toHaveLength(1);
    expect(await winner?.stop()).toMatchObject({ code: 0 });
    expect(fuseMountsBelow(mountPoint)).toEqual([]);
  });

  it('may not be another file system', async () => {
    const refused = await orbitGhost(mounting('-m', '/proc'), newHome());
    expectRefusal(refused, { code: 1, says: ['/proc', 'in use', 'proc file system'] });
  });

  it('is cleaned up when the processes that mounted it were killed', async () => {
    const mountPoint = newDirectory('mount');
    onCleanup(mountPoint, async () => {
      await abortMount(mountPoint);
    });
    const first = await startOrbitGhost(mounting('-m', mountPoint), newHome());
    await first.waitForLine(/^mounted /);
    await killWithEngine(first);
    expect(mountAt(mountPoint)).toBeDefined();
    await using second = await mountJob({ ...small, mountPoint });
    expect(await run('cat', [join(second.mountPoint, 'hello.txt')])).toMatchObject({ stdout: 'hello\n' });
    expect(await second.unmount()).toMatchObject({ code: 0 });
    expect(mountAt(mountPoint)).toBeUndefined();
  });
});

describe('the device', () => {
  it('is missing', async () => {
    const refused = await runAsOtherUser(mounting(), { device: 'missing' });
    expectRefusal(refused, { code: 1, says: ['/dev/fuse', 'modprobe fuse'] });
  });

  it('may not be opened', async () => {
    const refused = await runAsOtherUser(mounting(), { device: 'closed' });
    expectRefusal(refused, { code: 1, says: ['/dev/fuse', 'may not open', 'chmod 0666 /dev/fuse'] });
  });

  it('needs fusermount3 to be mounted by an ordinary user', async () => {
    const empty = newDirectory('path', 0o755);
    const refused = await runAsOtherUser(mounting(), { device: 'open', path: empty });
    expectRefusal(refused, { code: 1, says: ['fusermount3 is missing', 'apt-get install fuse3'] });
  });

  it('answers as no FUSE device does', async () => {
    const refused = await runAsOtherUser(mounting('-m', directoryOfOtherUser('mount')), { device: 'open' });
    expectRefusal(refused, { code: 1, says: [/Mounting on .* failed: .*\./] });
  });
});

describe('other things that cannot be', () => {
  it('is a cache directory that another process uses', async () => {
    await using mount = await mountJob(small);
    const refused = await orbitGhost(
      mounting('-m', newDirectory('mount'), '-c', mount.cacheDirectory),
      newHome(),
    );
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      new RegExp(
        `^The cache directory ${mount.cacheDirectory} is in use by process ${mount.process.pid}; .*\\n$`,
      ),
    );
    expect(fuseMountsBelow(dirname(mount.mountPoint))).toHaveLength(1);
  });

  it('is a cache directory others may write into', async () => {
    const cache = newDirectory('cache', 0o777);
    const refused = await orbitGhost(mounting('-c', cache), newHome());
    expectRefusal(refused, { code: 1, says: [cache, 'mode 0777', 'chmod 700'] });
  });

  it.each([
    [
      ['--source', 'gopher://h/'],
      [/unknown scheme "gopher:"/, /http:/],
    ],
    [['--source', 'sim:?speed=9'], [/unknown option "speed"/]],
    [
      ['--block-size', '100000'],
      [/--block-size "100000"/, /power of two from 64KiB to 16MiB/],
    ],
    [['--block-size', '32KiB'], [/power of two/]],
    [['--block-size', '32MiB'], [/power of two/]],
    [
      ['--block-size', '64KiB'],
      [/published in blocks of 1048576 bytes/, /--block-size/],
    ],
    [
      ['--transfers', '0'],
      [/--transfers "0"/, /4 to 16/],
    ],
    [['--deadline', 'x'], [/--deadline "x"/]],
    [['--job-id', '1.5'], [/"1.5" is not the number of a job/]],
    [['--frobnicate'], [/'--frobnicate'/, /--help/]],
  ] as const)('are the options %j', async (args, says) => {
    expectRefusal(await orbitGhost(mounting(...args), newHome()), { code: 2, says });
  });
});
