/**
 * Which run of the operating system this is. A killed process leaves its writes in the page cache, a power cut does not:
 * only a file written during this boot is known to hold what was written.
 */
import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';

export interface Boot {
  /** Undefined where the system has no such thing; then every crash is treated as a power cut. */
  readonly id: string | undefined;
  /** Whole seconds since 1970, by the clock that dates files. */
  readonly startedAt: number;
}

export async function currentBoot(): Promise<Boot> {
  const id = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
  return { id: id?.trim(), startedAt: Math.floor(Date.now() / 1_000 - uptime()) };
}
