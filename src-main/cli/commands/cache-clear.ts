/**
 * `orbit-ghost cache clear`: says what would go, asks the person, and says what went. Invariant: nothing is deleted unless
 * somebody said yes, at the question or on the command line.
 */
import { createInterface } from 'node:readline/promises';
import type { CacheStatus, Job } from '../../ipc/contract.ts';
import { EXIT_FAILED, EXIT_OK, UsageError } from '../failure.ts';
import { formatBlocks } from '../../output/format.ts';
import type { Outcome } from '../leave.ts';
import { printable } from '../../output/printable.ts';
import { jobNamed, withRunning } from '../running.ts';

export interface CacheClearCommand {
  /** As typed; undefined means all. */
  readonly job: string | undefined;
  readonly yes: boolean;
}

export async function cacheClearCommand({ job, yes }: CacheClearCommand): Promise<Outcome> {
  const code = await withRunning(async (client) => {
    const chosen = job === undefined ? undefined : await jobNamed(client, job);
    if (!yes && !(await agreed(async () => question(await client.call('cache.status', {}), chosen)))) {
      process.stdout.write('Nothing was cleared.\n');
      return EXIT_FAILED;
    }
    const freed = await client.call('cache.clear', chosen === undefined ? {} : { job: chosen.key });
    const left = await client.call('cache.status', {});
    process.stdout.write(`${result(freed, heldBy(left, chosen))}\n`);
    return EXIT_OK;
  });
  return { code, atOnce: false };
}

interface Amount {
  readonly bytes: number;
  readonly blocks: number;
}

/** Of one job, which may have several generations of blocks, or of all. */
function heldBy({ usedBytes, blocks, jobs }: CacheStatus, chosen: Job | undefined): Amount {
  if (chosen === undefined) return { bytes: usedBytes, blocks };
  const own = jobs.filter(({ job }) => job === chosen.key);
  return {
    bytes: own.reduce((sum, one) => sum + one.bytes, 0),
    blocks: own.reduce((sum, one) => sum + one.blocks, 0),
  };
}

export function question(status: CacheStatus, chosen: Job | undefined): string {
  const whose = chosen === undefined ? 'all jobs' : printable(chosen.name);
  return `This deletes ${formatBlocks(heldBy(status, chosen))} of ${whose} from the cache. Blocks in use or pinned stay. Go on? [y/N] `;
}

export function result(freed: Amount, left: Amount): string {
  const kept = left.blocks === 0 ? '' : ` ${formatBlocks(left)} stay: in use, pinned, or fetched meanwhile.`;
  return `Freed ${formatBlocks(freed)}.${kept}`;
}

/** Rejects with UsageError where nobody sits who could answer. */
async function agreed(text: () => Promise<string>): Promise<boolean> {
  const { stdin, stderr, stdout } = process;
  const output = [stderr, stdout].find(({ isTTY }) => isTTY);
  if (!stdin.isTTY || output === undefined) {
    throw new UsageError(
      'Nothing was cleared: without a terminal nobody can be asked; write --yes to clear without a question.',
    );
  }
  const asked = await text();
  const terminal = createInterface({ input: stdin, output });
  // Closed by Ctrl-D or Ctrl-C, which mean no.
  const closed = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return /^y(es)?$/i.test((await Promise.race([terminal.question(asked), closed])).trim());
  } finally {
    terminal.close();
  }
}
