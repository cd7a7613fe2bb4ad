/**
 * What is asked before blocks are thrown away, and what is said afterwards. Pure. Invariant: every figure is one the program
 * told, or a difference of two; where a figure is not known for certain, the sentence says "up to".
 */
import type { CacheStatus, Input } from '../../../src-main/ipc/contract.ts';

export type CachedJob = CacheStatus['jobs'][number];
/** What to clear: one row of the table, or everything. */
export type ClearTarget = CachedJob | 'all';

export interface ClearQuestion {
  readonly title: string;
  readonly frees: string;
  readonly keeps: string;
  readonly button: string;
}

export type FormatBytes = (bytes: number) => string;

const REMOTE = 'What is read again is fetched again. Mounts stay mounted.';

export function clearQuestion(
  cache: CacheStatus,
  target: ClearTarget,
  formatBytes: FormatBytes,
): ClearQuestion {
  const kept = Math.max(0, cache.usedBytes - cache.evictableBytes);
  if (target === 'all') {
    return {
      title: 'Clear the whole cache?',
      frees: `Frees ${formatBytes(cache.evictableBytes)} of ${formatBytes(cache.usedBytes)}.`,
      keeps: `${kept === 0 ? 'Nothing is pinned or in use, so nothing is kept.' : `Keeps ${formatBytes(kept)} that ${keptBecause(cache, kept, formatBytes)}.`} ${REMOTE}`,
      button: 'Clear the cache',
    };
  }
  // Which job pinned blocks belong to is not told, so beside them a job's figure is an upper bound.
  const least = Math.min(target.bytes, kept);
  return {
    title: 'Clear this job’s blocks?',
    frees: `Frees ${least === 0 ? '' : 'up to '}${formatBytes(target.bytes)} in ${count(target.blocks)}.`,
    keeps: `${least === 0 ? 'All other jobs keep their blocks.' : `Keeps what of it is pinned or in use, ${formatBytes(least)} at most, and all other jobs’ blocks.`} ${REMOTE}`,
    button: 'Clear this job',
  };
}

/** Said after it is done. */
export function clearResult(
  cleared: { readonly blocks: number; readonly bytes: number },
  formatBytes: FormatBytes,
): string {
  if (cleared.blocks === 0) return 'Nothing could be freed: every block is pinned or in use.';
  return `Freed ${formatBytes(cleared.bytes)} in ${count(cleared.blocks)}.`;
}

export function clearInput(target: ClearTarget): Input<'cache.clear'> {
  return target === 'all' ? {} : { namespace: target.namespace };
}

function keptBecause(cache: CacheStatus, kept: number, formatBytes: FormatBytes): string {
  if (cache.pinnedBytes === 0) return 'is in use';
  if (cache.pinnedBytes >= kept) return 'is pinned';
  return `is pinned (${formatBytes(cache.pinnedBytes)}) or in use`;
}

function count(blocks: number): string {
  return `${blocks.toLocaleString('en')} ${blocks === 1 ? 'block' : 'blocks'}`;
}

export function sortBySize(jobs: readonly CachedJob[]): readonly CachedJob[] {
  return jobs.toSorted((a, b) => b.bytes - a.bytes || a.namespace.localeCompare(b.namespace));
}
