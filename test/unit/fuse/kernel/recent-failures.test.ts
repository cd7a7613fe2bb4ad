import { expect, it } from 'vitest';
import type { CacheKey } from '../../../../src-main/engine/cache/block-cache.ts';
import type { DeferredRead } from '../../../../src-main/engine/fuse/kernel/operation-context.ts';
import { RecentFailures } from '../../../../src-main/engine/fuse/kernel/recent-failures.ts';
import type { ArtifactId } from '../../../../src-main/engine/metadata/metadata-oracle.ts';
import { VirtualClock } from '../../../helpers/virtual-clock.ts';

function read(key: string, offset: number, length: number): DeferredRead {
  const file = { id: 'a' as ArtifactId, key: key as CacheKey, size: 1e6, mtime: 0, blockSize: 65536 };
  return { unique: 1n, file, offset, length };
}

it('knows a failed range for a second, for its file only', async () => {
  const clock = new VirtualClock();
  const failures = new RecentFailures(clock);
  const error = new Error('broken');
  failures.add(read('one', 4096, 8192), error);
  expect(failures.find(read('one', 4096, 4096))?.error).toBe(error);
  expect(failures.find(read('one', 12287, 1))?.error).toBe(error);
  expect(failures.find(read('one', 12288, 4096))).toBeUndefined();
  expect(failures.find(read('one', 0, 8192))).toBeUndefined();
  expect(failures.find(read('two', 4096, 4096))).toBeUndefined();
  await clock.advance(999);
  expect(failures.find(read('one', 4096, 1))).toBeDefined();
  await clock.advance(1);
  expect(failures.find(read('one', 4096, 1))).toBeUndefined();
});
