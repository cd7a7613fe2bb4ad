/**
 * `orbit-ghost cache verify`: compares every cached block with its digest, through the running program, or by itself where none
 * runs. Standard output carries what was wrong and the sum.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SingleBar } from 'cli-progress';
import { blockFileName } from '../../engine/cache/artifact-key.ts';
import { DiskCache } from '../../engine/cache/disk-cache.ts';
import { systemClock } from '../../engine/clock.ts';
import { silentLogger } from '../../engine/log.ts';
import type { Output } from '../../ipc/contract.ts';
import { formatBlocks } from '../../output/format.ts';
import { printable } from '../../output/printable.ts';
import { userDirectories } from '../../supervisor/settings/directories.ts';
import { openSettings } from '../../supervisor/settings/settings.ts';
import { EXIT_FAILED, EXIT_OK, NotRunningError } from '../failure.ts';
import type { Outcome } from '../leave.ts';
import { withRunning } from '../running.ts';

export interface CacheVerifyCommand {
  /** As typed; undefined: the running program's, or the settings'. */
  readonly directory: string | undefined;
}

type Stretch = Output<'cache.verify'>;
type Verify = (from: string | undefined) => Promise<Stretch>;

export async function cacheVerifyCommand({ directory }: CacheVerifyCommand): Promise<Outcome> {
  const code = directory === undefined ? await inRunning() : await inDirectory(resolve(directory));
  return { code, atOnce: false };
}

async function inRunning(): Promise<number> {
  try {
    return await withRunning(
      async (client) =>
        await verifyAll((from) => client.call('cache.verify', from === undefined ? {} : { from })),
    );
  } catch (error) {
    if (error instanceof NotRunningError) return await inDirectory(configuredDirectory());
    throw error;
  }
}

function configuredDirectory(): string {
  const directories = userDirectories();
  const settings = openSettings({
    file: join(directories.config, 'config.toml'),
    env: process.env,
    overrides: {},
    directories,
  });
  try {
    return settings.values.cacheDirectory;
  } finally {
    settings.close();
  }
}

async function inDirectory(directory: string): Promise<number> {
  if (!existsSync(directory)) {
    process.stdout.write(`There is no cache at ${printable(directory)}.\n`);
    return EXIT_OK;
  }
  const cache = await DiskCache.open(directory, { clock: systemClock, logger: silentLogger });
  try {
    return await verifyAll(async (from) => {
      const { next, wrong, ...amount } = await cache.check(from);
      return {
        ...amount,
        next: next ?? null,
        total: cache.usage().blocks,
        wrong: wrong.map(({ key, block, why }) => ({ file: blockFileName(key, block), why })),
      };
    });
  } finally {
    await cache.close();
  }
}

/** Exit code. */
async function verifyAll(verify: Verify): Promise<number> {
  const bar = process.stderr.isTTY ? openBar(process.stderr) : undefined;
  let checked = { blocks: 0, bytes: 0 };
  const wrong: Stretch['wrong'] = [];
  try {
    for (let from: string | null | undefined; from !== null;) {
      const { next, blocks, bytes, total, wrong: more } = await verify(from);
      checked = { blocks: checked.blocks + blocks, bytes: checked.bytes + bytes };
      wrong.push(...more);
      bar?.setTotal(Math.max(total + wrong.length, checked.blocks));
      bar?.update(checked.blocks);
      from = next;
    }
  } finally {
    bar?.stop();
  }
  process.stdout.write(`${verifiedText(checked, wrong)}\n`);
  return wrong.length === 0 ? EXIT_OK : EXIT_FAILED;
}

export function verifiedText(
  checked: { readonly blocks: number; readonly bytes: number },
  wrong: Stretch['wrong'],
): string {
  const lines = wrong.map(({ file, why }) => `${printable(file)}: its file ${why}; removed`);
  const result =
    wrong.length === 0
      ? 'All are right.'
      : `${wrong.length} ${wrong.length === 1 ? 'was' : 'were'} wrong and removed; what is missing is fetched again when it is read.`;
  return [...lines, `Checked ${formatBlocks(checked)}. ${result}`].join('\n');
}

function openBar(stream: NodeJS.WritableStream): SingleBar {
  const bar = new SingleBar({
    stream,
    format: 'Checking [{bar}] {percentage} %, {value} of {total} blocks',
    barsize: 20,
    barCompleteString: '='.repeat(20),
    barIncompleteString: '-'.repeat(20),
    clearOnComplete: true,
    hideCursor: true,
    // Its own signal handler would end the process in the middle of its work.
    gracefulExit: false,
  });
  bar.start(1, 0);
  return bar;
}
