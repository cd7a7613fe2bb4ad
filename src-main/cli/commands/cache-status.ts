/** `orbit-ghost cache status`: what the cache holds, as text or as JSON. */
import type { CacheStatus } from '../../ipc/contract.ts';
import { EXIT_OK } from '../failure.ts';
import { formatBlocks, formatBytes, formatCount } from '../../output/format.ts';
import type { Outcome } from '../leave.ts';
import { printable } from '../../output/printable.ts';
import { withRunning } from '../running.ts';
import { renderTable } from '../table.ts';

export interface CacheStatusCommand {
  readonly json: boolean;
}

/** Leaves room for the other columns on a terminal of 80. Characters. */
const NAME_MAX = 44;

export async function cacheStatusCommand({ json }: CacheStatusCommand): Promise<Outcome> {
  const status = await withRunning((client) => client.call('cache.status', {}));
  process.stdout.write(`${json ? JSON.stringify(status, null, 2) : cacheText(status)}\n`);
  return { code: EXIT_OK, atOnce: false };
}

export function cacheText(status: CacheStatus): string {
  const { directory, usedBytes, blocks, limitBytes, freeDiskBytes, jobs } = status;
  const lines = [
    printable(directory),
    `${formatBlocks({ bytes: usedBytes, blocks })}, ${limitText(limitBytes)}${freeText(freeDiskBytes)}`,
    `${formatBytes(status.evictableBytes)} can be removed now, ${formatBytes(status.pinnedBytes)} are pinned`,
    ...(status.trouble === null ? [] : [printable(status.trouble)]),
  ];
  if (jobs.length === 0) return lines.join('\n');
  const table = renderTable(
    [
      { title: 'JOB', align: 'left', max: NAME_MAX },
      { title: 'SIZE', align: 'right' },
      { title: 'BLOCKS', align: 'right' },
    ],
    jobs
      .toSorted((left, right) => right.bytes - left.bytes)
      .map((job) => [
        job.job === null ? `${job.name} (no longer listed)` : job.name,
        formatBytes(job.bytes),
        formatCount(job.blocks),
      ]),
  );
  return [...lines, '', table].join('\n');
}

/** `limit 20 GiB`. */
export function limitText(limitBytes: number | null): string {
  return limitBytes === null ? 'no limit' : `limit ${formatBytes(limitBytes)}`;
}

function freeText(freeDiskBytes: number | null): string {
  return freeDiskBytes === null ? '' : `, ${formatBytes(freeDiskBytes)} free on its disk`;
}
