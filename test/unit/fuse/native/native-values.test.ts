import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Descriptors } from '../../../../src-main/engine/fuse/native/descriptors.ts';
import { loadObstacle } from '../../../../src-main/engine/fuse/native/fuse-native-module.ts';
import { nativeStat, nativeStatfs } from '../../../../src-main/engine/fuse/native/native-values.ts';
import type { FileHandle } from '../../../../src-main/engine/filesystem/open-files.ts';
import type { Ordinal } from '../../../../src-main/engine/metadata/metadata-oracle.ts';

const UINT32 = 2 ** 32;
const attributes = { size: 5, blocks: 1, mtime: 1_600_000_000, mode: 0o100644, nlink: 1, uid: 7, gid: 8 };

describe('values for fuse-native', () => {
  test('times are in milliseconds, the inode number is the ordinal plus one in 32 bits', () => {
    expect(nativeStat(attributes, 41 as Ordinal)).toMatchObject({
      ino: 42,
      atime: 1_600_000_000_000,
      mtime: 1_600_000_000_000,
      ctime: 1_600_000_000_000,
      mode: 0o100644,
    });
    expect(nativeStat(attributes, UINT32 as Ordinal).ino).toBe(1);
  });

  test('totals of any size fit 32 bits and lose less than one unit', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 41 }), fc.nat({ max: 2 ** 40 }), (blocks, files) => {
        const totals = nativeStatfs({ blockBytes: 4096, blocks, files });
        expect(Math.max(totals.blocks, totals.bsize, totals.files)).toBeLessThan(UINT32);
        const excess = totals.blocks * totals.bsize - blocks * 4096;
        expect(excess).toBeGreaterThanOrEqual(0);
        expect(excess).toBeLessThan(totals.bsize);
      }),
    );
  });
});

describe('Descriptors', () => {
  test('numbers start at 1, are unique while open and are used again', () => {
    const table = new Descriptors();
    const [first, second] = [table.add(10 as FileHandle), table.add(11 as FileHandle)];
    expect([first, second, table.get(first), table.get(second)]).toEqual([1, 2, 10, 11]);
    expect(table.remove(first)).toBe(10);
    expect(() => table.get(first)).toThrow('not open');
    expect(table.add(12 as FileHandle)).toBe(first);
    expect(() => table.get(0)).toThrow('not open');
  });
});

describe('what keeps fuse-native from loading', () => {
  test.each([
    [
      new Error('libfuse.so.2: cannot open shared object file: No such file or directory'),
      'apt-get install libfuse2',
    ],
    [
      Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' }),
      'npm install --include=optional',
    ],
    [new Error('No native build was found\nsecond line'), 'npm rebuild fuse-native'],
  ])('%s names the remedy in one line', (error, remedy) => {
    const sentence = loadObstacle(error);
    expect(sentence).toContain(remedy);
    expect(sentence).not.toContain('\n');
  });
});
