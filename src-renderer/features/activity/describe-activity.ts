/** Words and order for what is under way. Pure. */
import type { Job, Transfer } from '../../../src-main/ipc/contract.ts';
import { formatCount, formatRate } from '../../lib/format.ts';

/** Two minutes, one sample a second. */
export const HISTORY_SPAN = 120;

/** The highest of the samples; of time that nobody counted, as before a start, nothing is said. */
export function historySummary(samples: readonly number[]): string {
  if (samples.length === 0) return 'not counted yet';
  const highest = Math.max(...samples);
  const found = highest === 0 ? 'nothing moved' : `at most ${formatRate(highest)}`;
  return samples.length < HISTORY_SPAN ? `${found} in ${samples.length} s` : found;
}

/** Who a transfer is for. */
export const PRIORITY_WORDS = {
  user: 'a program',
  readahead: 'read ahead',
  warm: 'warming',
} as const satisfies Record<Transfer['priority'], string>;

const RANK = { user: 0, readahead: 1, warm: 2 } as const satisfies Record<Transfer['priority'], number>;

/** Those somebody waits for first, then the oldest first: a row keeps its place while others come and go. */
export function orderTransfers(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.toSorted(
    (a, b) => RANK[a.priority] - RANK[b.priority] || a.startedAt - b.startedAt || a.id.localeCompare(b.id),
  );
}

/** `1,200` or `1,200 – 1,207`, counted from 0 as the cache counts them. */
export function blockRange({ firstBlock, blocks }: Pick<Transfer, 'firstBlock' | 'blocks'>): string {
  const first = formatCount(firstBlock);
  return blocks <= 1 ? first : `${first} – ${formatCount(firstBlock + blocks - 1)}`;
}

export function jobName(jobs: readonly Pick<Job, 'key' | 'name'>[], key: string): string {
  return jobs.find((job) => job.key === key)?.name ?? `job ${key}`;
}

export interface WayOut {
  readonly label: string;
  readonly place:
    | { readonly page: 'cache' | 'settings' }
    | { readonly page: 'job'; readonly job: string; readonly path: string };
}

/** Where a problem is dealt with; undefined when its sentence says all there is. */
export function wayOut(
  { code, job }: { readonly code: string; readonly job: string | null },
  jobs: readonly Pick<Job, 'key'>[],
): WayOut | undefined {
  if (code.startsWith('CACHE_')) return { label: 'Open cache', place: { page: 'cache' } };
  if (code.startsWith('SETTING')) return { label: 'Open settings', place: { page: 'settings' } };
  if (job === null || !jobs.some(({ key }) => key === job)) return undefined;
  return { label: 'Open job', place: { page: 'job', job, path: '' } };
}
