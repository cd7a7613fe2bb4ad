import { expect, test } from 'vitest';
import { OpenFiles, type FileHandle } from '../../../src-main/engine/filesystem/open-files.ts';
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
