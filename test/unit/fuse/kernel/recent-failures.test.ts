import { expect, it } from 'vitest';
import type { CacheKey } from '../../../../src-main/engine/cache/block-cache.ts';
import { GhostError } from '../../../../src-main/engine/errors.ts';
import type { DeferredRead } from '../../../../src-main/engine/fuse/kernel/operation-context.ts';
import { RecentFailures } from '../../../../src-main/engine/fuse/kernel/recent-failures.ts';
import type { ArtifactId, Ordinal } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

const BLOCK = 65_536;

function read(key: string, offset: number, length: number): DeferredRead {
  const file = { id: 'a' as ArtifactId, key: key as CacheKey, size: 1e6, mtime: 0, blockSize: BLOCK };
  return { unique: 1n, thread: 1, file, ordinal: 1 as Ordinal, offset, length };
}

it('knows a failed range for a second, for its file only', async () => {
  const clock = new VirtualClock();
  const failures = new RecentFailures(clock);
  const error = new Error('broken');
  failures.add(read('one', 4096, 8192), error);
  expect(failures.find(read('one', 4096, 4096))?.error).toBe(error);
  expect(failures.find(read('one', 8192, 4096))?.error).toBe(error);
  expect(failures.find(read('one', 8192, 8192))).toBeUndefined();
  expect(failures.find(read('one', 0, 8192))).toBeUndefined();
  expect(failures.find(read('two', 4096, 4096))).toBeUndefined();
  await clock.advance(999);
  expect(failures.find(read('one', 4096, 1))).toBeDefined();
  await clock.advance(1);
  expect(failures.find(read('one', 4096, 1))).toBeUndefined();
});

it('condemns only the block that failed of a read that covers several', () => {
  const failures = new RecentFailures(new VirtualClock());
  failures.add(read('one', BLOCK - 4096, 8192), new GhostError('SOURCE_REFUSED', 'gone', { block: 1 }));
  expect(failures.find(read('one', BLOCK - 4096, 4096))).toBeUndefined();
  expect(failures.find(read('one', BLOCK, 4096))).toBeDefined();
  expect(failures.find(read('one', BLOCK + 4096, 4096))).toBeUndefined();
});

it('keeps a bounded number of failures, the newest', () => {
  const failures = new RecentFailures(new VirtualClock());
  for (let index = 0; index < 1000; index++) failures.add(read('one', index * 10, 10), new Error('broken'));
  expect(failures.find(read('one', 0, 10))).toBeUndefined();
  expect(failures.find(read('one', 9990, 10))).toBeDefined();
});
