import { expect, test } from 'vitest';
import { OpenFiles, type FileHandle, type OpenFile } from '../../../src-main/engine/filesystem/open-files.ts';
import type { Artifact, ArtifactId, Ordinal } from '../../../src-main/engine/metadata/metadata-oracle.ts';

const settings = { cacheNamespace: 'test', blockSize: 65_536 } as ConstructorParameters<typeof OpenFiles>[0];

function version(id: string, size: number): Artifact {
  return {
    id: id as ArtifactId,
    ordinal: 1 as Ordinal,
    name: Buffer.from(id),
    isDirectory: false,
    size,
    mtime: 1,
  };
}

test('an open file is settled while all its handles agree on its version', () => {
  const files = new OpenFiles(settings, undefined, 1);
  const first = files.open(version('a', 1));
  const again = files.open(version('a', 1));
  files.open(version('b', 9));
  expect([files.settled(first)?.size, files.settled(again)?.size]).toEqual([1, 1]);
  const newer = files.open(version('a', 2));
  expect([files.settled(first), files.settled(newer)]).toEqual([undefined, undefined]);
  files.release(newer);
  expect(files.settled(first)?.size).toBe(1);
  expect(files.settled(99 as FileHandle)).toBeUndefined();
});

test('an older version of a file cannot be read once a newer one was opened, until all its handles are closed', () => {
  const files = new OpenFiles(settings, undefined, 1);
  const old = files.open(version('a', 1));
  const other = files.open(version('b', 1));
  const newer = files.open(version('a', 2));
  const opened = (handle: FileHandle): OpenFile => files.get(handle) ?? expect.fail('not open');
  expect(() => files.assertLatest(opened(old))).toThrow('changed');
  expect(() => files.assertLatest(opened(newer))).not.toThrow();
  expect(() => files.assertLatest(opened(other))).not.toThrow();
  const oldFile = opened(old);
  files.release(newer);
  // The kernel may still hold pages of the newer version.
  expect(() => files.assertLatest(oldFile)).toThrow('changed');
  files.release(old);
  expect(() => files.assertLatest(opened(files.open(version('a', 1))))).not.toThrow();
});

test('a handle given out by a table that keeps nothing stands for one version of one file', () => {
  const keeping = new OpenFiles(settings, undefined, 1);
  const handle = new OpenFiles(settings, undefined, undefined).open(version('a', 1));
  expect(keeping.get(handle)).toBeUndefined();
  expect(keeping.recover(handle, version('a', 1)).file.size).toBe(1);
  expect(keeping.get(handle)?.file.size).toBe(1);
  expect(() => new OpenFiles(settings, undefined, 1).recover(handle, version('a', 2))).toThrow('changed');
});

test('a handle of an earlier process is the version that was opened, or stale', () => {
  const before = new OpenFiles(settings, undefined, 1);
  const after = new OpenFiles(settings, undefined, 2);
  const handles = [before.open(version('a', 1)), before.open(version('b', 1))] as const;
  expect(after.recover(handles[0], version('a', 1)).file).toMatchObject({ id: 'a', size: 1 });
  expect(() => after.recover(handles[1], version('b', 2))).toThrow('changed');
  expect(handles).not.toContain(after.open(version('a', 1)));
});
