/** Bytes: every way in which programs read, compared with the tree they come from. */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BLOCK_BYTES, treeFiles, type Subject } from './subject.ts';

const LARGE = 'large file.bin';
const SEEK_SET = 0;
const SEEK_DATA = 3;
const SEEK_HOLE = 4;
const RANDOM_READS = 400;

/** Offsets below `limit` from a fixed seed (xorshift32). */
function randomOffsets(count: number, limit: number): readonly number[] {
  let state = 0x2545f491;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  });
}

export function readingCases(subject: Subject): void {
  const expected = (path: string, offset: number, length: number) => {
    const bytes = readFileSync(subject.source(path)).subarray(offset, offset + length);
    return { length: bytes.length, sha256: hash('sha256', bytes) };
  };
  const whole = (path: string): string => hash('sha256', readFileSync(subject.source(path)));

  test('ten processes reading a cold file at once all get its bytes', async () => {
    const { size } = treeFiles[0] ?? { size: 0 };
    const starts = Array.from({ length: 10 }, (_, index) => Math.floor((index * size) / 10));
    const reads = await Promise.all(
      starts.map((offset) => subject.probe.value('read', subject.path(LARGE), offset, size)),
    );
    expect(reads).toEqual(starts.map((offset) => expected(LARGE, offset, size)));
  });

  test('every file of the tree reads as its source', async () => {
    const reads = await subject.probe.values(
      'read',
      treeFiles.map(({ path, size }) => [subject.path(path), 0, size + 10]),
    );
    expect(reads).toEqual(treeFiles.map(({ path, size }) => expected(path, 0, size)));
  });

  test('ranges across block boundaries, at the end and beyond it', async () => {
    const { size } = treeFiles[0] ?? { size: 0 };
    const ranges = [
      [BLOCK_BYTES - 1, 2],
      [BLOCK_BYTES, BLOCK_BYTES],
      [3 * BLOCK_BYTES - 5000, 10_000],
      [1, 4 * BLOCK_BYTES],
      [size - 1, 1],
      [size - 1, 100],
      [size - BLOCK_BYTES, 2 * BLOCK_BYTES],
      [size, 1],
      [size + 10 * BLOCK_BYTES, 4096],
    ] as const;
    const reads = await subject.probe.values(
      'read',
      ranges.map(([offset, length]) => [subject.path(LARGE), offset, length]),
    );
    expect(reads).toEqual(ranges.map(([offset, length]) => expected(LARGE, offset, length)));
  });

  test('single bytes at random offsets', async () => {
    const { size } = treeFiles[0] ?? { size: 0 };
    const offsets = randomOffsets(RANDOM_READS, size);
    const source = readFileSync(subject.source(LARGE));
    const bytes = Buffer.from(offsets.map((offset) => source.readUInt8(offset)));
    expect(await subject.probe.value('bytesAt', subject.path(LARGE), offsets)).toBe(bytes.toString('hex'));
  });

  test('through a mapping', async () => {
    const { size } = treeFiles[0] ?? { size: 0 };
    expect(await subject.probe.value('mapped', subject.path(LARGE), size)).toBe(whole(LARGE));
  });

  test('past the page cache, with a unit that fits no block', async () => {
    for (const unit of ['4k', '40k', '1M']) {
      const script = 'dd if="$1" iflag=direct bs="$2" status=none | sha256sum';
      const sum = await subject.probe.run('sh', '-c', script, 'sh', subject.path(LARGE), unit);
      expect(sum.split(' ')[0], unit).toBe(whole(LARGE));
    }
  });

  test('a file is data to its end', async () => {
    const { size } = treeFiles[0] ?? { size: 0 };
    const file = subject.path(LARGE);
    expect(
      await subject.probe.values('lseek', [
        [file, 0, SEEK_DATA],
        [file, 100_000, SEEK_DATA],
        [file, 5, SEEK_HOLE],
        [file, size + 5, SEEK_SET],
      ]),
    ).toEqual([0, 100_000, size, size + 5]);
    expect(
      await subject.probe.codes([
        ['lseek', file, size, SEEK_DATA],
        ['lseek', file, size, SEEK_HOLE],
        ['lseek', subject.path('empty'), 0, SEEK_DATA],
      ]),
    ).toEqual(['ENXIO', 'ENXIO', 'ENXIO']);
  });
}
