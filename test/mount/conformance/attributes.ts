/** What stat, statfs, extended attributes and the mount table say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prober } from '../../helpers/driver-prober.ts';
import { isRoot } from '../../helpers/driver-targets.ts';
import type { MountedJob } from '../../helpers/mounted-job.ts';
import { MANY_ENTRIES, newCatalogue, treeDirectories, treeFiles, UMASK, type Subject } from './subject.ts';

const ROOT_MTIME = 1_500_000_000;
const DIRECTORY_MTIME = 1_600_000_000;

export function attributeCases(subject: Subject): void {
  test('files show their size, blocks, time, owner and 0644 less the umask', async () => {
    const stats = await subject.probe.values(
      'stat',
      treeFiles.map(({ path }) => [subject.path(path)]),
    );
    expect(stats).toEqual(
      treeFiles.map(({ size, mtime }) => ({
        mode: 0o100644 & ~UMASK,
        ...subject.owner,
        size,
        blocks: Math.ceil(size / 512),
        mtimeMs: mtime * 1000,
        nlink: 1,
        ino: expect.any(Number) as number,
      })),
    );
  });

  test('directories show their owner and 0755 less the umask', async () => {
    const paths = ['', ...treeDirectories];
    const stats = await subject.probe.values(
      'stat',
      paths.map((path) => [subject.path(path)]),
    );
    expect(stats).toEqual(
      paths.map((path) => ({
        mode: 0o040755 & ~UMASK,
        ...subject.owner,
        size: 4096,
        blocks: 8,
        mtimeMs: (path === '' ? ROOT_MTIME : DIRECTORY_MTIME) * 1000,
        nlink: 1,
        ino: expect.any(Number) as number,
      })),
    );
  });

  async function inodes(mounted: MountedJob, paths: readonly string[]): Promise<readonly number[]> {
    const stats = await subject.probe.values(
      'stat',
      paths.map((path) => [join(mounted.mountPoint, path)]),
    );
    return stats.map(({ ino }) => ino);
  }

  test('inode numbers are the ordinals plus one, whatever was looked up before', async () => {
    // The root is the first row, then the directories, then the files.
    const firstFile = 1 + treeDirectories.length + 1;
    const paths = [treeFiles[1]?.path, treeFiles[0]?.path, treeDirectories[0], ''].map((path) => path ?? '');
    expect(await inodes(subject.mounted, paths)).toEqual([
      firstFile + 2,
      firstFile + 1,
      3,
      subject.target.nature.rootInode,
    ]);
  });

  test('inode numbers stay the same when the job is mounted again', async () => {
    const catalogue = newCatalogue('sim:');
    catalogue.add({ id: 'd', parent: 'root', name: 'directory', isDirectory: true });
    catalogue.add({ id: 'f', parent: 'd', name: 'file' });
    catalogue.add({ id: 'g', parent: 'root', name: 'other file' });
    catalogue.database.close();
    const paths = ['directory', 'directory/file', 'other file', ''];
    const first = await subject.mount(catalogue.path);
    const before = await inodes(first, paths);
    await first.unmount();
    // The kernel knows nothing of the new mount, and asks in another order.
    await using second = await subject.mount(catalogue.path);
    const after = await inodes(second, paths.toReversed());
    expect(new Set(before).size).toBe(paths.length);
    expect(after.toReversed()).toEqual(before);
  });

  test('statfs tells the size of the job and that nothing is free', async () => {
    const { bsize, blocks, ...rest } = await subject.probe.value('statfs', subject.path('names'));
    const bytes =
      treeFiles.reduce((sum, { size }) => sum + size, 0) + (MANY_ENTRIES * (MANY_ENTRIES - 1)) / 2;
    expect(blocks).toBe(Math.ceil(bytes / bsize));
    const files = 1 + treeDirectories.length + treeFiles.length + 1 + MANY_ENTRIES;
    expect(rest).toEqual({ bfree: 0, bavail: 0, files, ffree: 0 });
  });

  test('extended attributes lead back to the artifact', async () => {
    const file = subject.path('names/grün');
    const names = ['artifact', 'cached', 'blocks', 'pinned', 'digest'];
    const list = names.map((name) => `user.ghost.${name}\0`).join('');
    expect(
      await subject.probe.values('listxattr', [
        [file, 0],
        [file, 200],
        [subject.path('names'), 200],
      ]),
    ).toEqual(['\0'.repeat(list.length), list, 'user.ghost.artifact\0user.ghost.pinned\0']);
    const id = 'names/grün';
    expect(
      await subject.probe.values('getxattr', [
        [file, 'user.ghost.artifact', 0],
        [file, 'user.ghost.artifact', 100],
      ]),
    ).toEqual(['\0'.repeat(Buffer.byteLength(id)), id]);
    expect(
      await subject.probe.codes([
        ['getxattr', file, 'user.ghost.artifact', 3],
        ['listxattr', file, 3],
        ['getxattr', file, 'user.unknown', 100],
        ['getxattr', file, 'security.capability', 100],
      ]),
    ).toEqual(['ERANGE', 'ERANGE', 'ENODATA', 'ENODATA']);
  });

  test('the mount table shows a read-only mount without set-user-id or devices', () => {
    const line = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .map((text) => text.split(' '))
      .find(([, mountPoint]) => mountPoint === subject.mounted.mountPoint);
    expect(line?.[0]).toBe('orbit-ghost-job-1');
    expect(line?.[2]).toBe('fuse.orbit-ghost');
    expect(line?.[3]?.split(',')).toEqual(
      expect.arrayContaining([
        'ro',
        'nosuid',
        'nodev',
        'default_permissions',
        `user_id=${subject.owner.uid}`,
      ]),
    );
    expect(line?.[3]).not.toContain('allow_other');
  });

  // Only root can become somebody else.
  test.runIf(isRoot)('nobody but the one who mounted may look, not even root', async () => {
    const other = new Prober(subject.target.asAddedUser ? undefined : { uid: 65_534, gid: 65_534 });
    expect(await other.codes([['stat', subject.path()]])).toEqual(['EACCES']);
  });
}
