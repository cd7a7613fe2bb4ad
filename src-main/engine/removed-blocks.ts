/**
 * Has a mount let go of the blocks that the cache removed. Whoever serves reads keeps block files open, and would look again
 * only at the next read: until then the disk space of a cleared cache would not be free.
 */
import type { DiskCache } from './cache/disk-cache.ts';
import type { Clock } from './clock.ts';
import type { Mount } from './fuse/driver.ts';

/** Removals come by the thousand. Milliseconds. */
const INTERVAL_MS = 500;

/** The returned function ends it. */
export function freeRemovedBlocks(
  cache: Pick<DiskCache, 'onChange'>,
  mount: Pick<Mount, 'upkeep'>,
  clock: Clock,
): () => void {
  let cancel: (() => void) | undefined;
  const unlisten = cache.onChange(({ kind }) => {
    if (kind !== 'removed') return;
    cancel ??= clock.after(INTERVAL_MS, () => {
      cancel = undefined;
      mount.upkeep();
    });
  });
  return () => {
    unlisten();
    cancel?.();
  };
}
