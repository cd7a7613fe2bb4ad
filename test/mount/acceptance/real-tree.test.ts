/** A tree of gigabytes and every awkward name, published, served over HTTP, mounted: nothing tells it from the original. */
import { beforeAll, expect, test } from 'vitest';
import { run, runOk } from '../../helpers/child.ts';
import { transferred } from '../../helpers/nginx.ts';
import { largeTree } from '../../helpers/tree.ts';
import type { LargeTree } from '../../helpers/tree.ts';
import { assertNoDState, mountAt } from '../../helpers/watchdog.ts';
import { serveAndMount } from './serve-and-mount.ts';
import type { ServedJob } from './serve-and-mount.ts';

const READERS = 10;
const BLOCK = 2 ** 20;

let tree: LargeTree;
let served: ServedJob;

beforeAll(async () => {
  tree = largeTree();
  served = await serveAndMount(tree.directory);
});

test('the tree is as large as the promise', () => {
  expect(tree.files).toBeGreaterThanOrEqual(10_000);
  expect(tree.bytes).toBeGreaterThanOrEqual(2 * 2 ** 30);
});

test('publish counts every file and byte', () => {
  expect(served.job).toMatchObject({ files: tree.files, bytes: tree.bytes });
});

function sorted(listing: string): readonly string[] {
  return (
    listing
      .split('\0')
      // The size of a directory is the file system's own business.
      .map((line) => line.replace(/ d \d+$/, ' d'))
      .toSorted()
  );
}

test('publishing, mounting and listing the whole tree moves no block', async () => {
  const original = await runOk('find', ['.', '-printf', '%P %y %s\\0'], { cwd: tree.directory });
  const seen = await runOk('find', ['.', '-printf', '%P %y %s\\0'], { cwd: served.mount.mountPoint });
  expect(sorted(seen)).toEqual(sorted(original));
  expect(transferred(await served.server.requests()).bytes).toBe(0);
});

test('tail -c 200 of a 50 MiB file moves one block', async () => {
  const tail = (cwd: string): Promise<string> =>
    runOk('sh', ['-c', 'tail -c 200 -- "$1" | sha256sum', 'sh', tree.fiftyMebibytes], { cwd });
  expect(await tail(served.mount.mountPoint)).toBe(await tail(tree.directory));
  expect(transferred(await served.server.requests())).toEqual({ requests: 1, bytes: BLOCK, repeated: 0 });
});

test('ten parallel readers of one cold file cause each block to be fetched once', async () => {
  const digest = (cwd: string): Promise<string> => runOk('sha256sum', [tree.shared], { cwd });
  const readers = Array.from({ length: READERS }, () => digest(served.mount.mountPoint));
  const expected = await digest(tree.directory);
  expect(await Promise.all(readers)).toEqual(readers.map(() => expected));
  const size = Number(await runOk('stat', ['-c', '%s', tree.shared], { cwd: tree.directory }));
  const requests = await served.server.requests(`/${tree.shared}`);
  expect(transferred(requests)).toMatchObject({ bytes: size, repeated: 0 });
});

test('diff -r finds nothing, and every byte of the tree has moved exactly once', async () => {
  const difference = await run('diff', ['-r', tree.directory, served.mount.mountPoint], {
    timeoutMs: 240_000,
  });
  expect(difference).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(transferred(await served.server.requests())).toMatchObject({ bytes: tree.bytes, repeated: 0 });
});

test('a second comparison moves nothing', async () => {
  await served.server.clearRequests();
  const difference = await run('diff', ['-r', tree.directory, served.mount.mountPoint], {
    timeoutMs: 240_000,
  });
  expect(difference).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await served.server.requests()).toEqual([]);
});

test('unmounting ends with 0 and leaves nothing hanging', async () => {
  expect(await served.mount.unmount()).toEqual({ code: 0, signal: null });
  expect(mountAt(served.mount.mountPoint)).toBeUndefined();
  await assertNoDState();
});
