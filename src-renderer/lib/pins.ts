/** What is kept offline, as the job's page and the cache's page show it. Pure. */
import type { Pin } from '../../src-main/ipc/contract.ts';
import { formatBytes, formatPlural } from './format.ts';

/** By itself, or together with a folder above it. */
export type Pinned = 'itself' | 'with-folder';

export interface PinsOfJob {
  /** The pin that keeps a file or folder; undefined when none does. */
  readonly keeping: (path: string) => Pin | undefined;
  /** How an entry of the list is marked. */
  readonly markOf: (path: string) => Pinned | undefined;
}

export function pinsOfJob(pins: readonly Pin[], job: string): PinsOfJob {
  const byPath = new Map(pins.filter((pin) => pin.job === job).map((pin) => [pin.path, pin]));
  const keeping = (path: string): Pin | undefined => {
    if (byPath.size === 0) return undefined;
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const pin = byPath.get(path.slice(0, end));
      if (pin !== undefined) return pin;
    }
    return byPath.get('');
  };
  const markOf = (path: string): Pinned | undefined => {
    const pin = keeping(path);
    if (pin === undefined) return undefined;
    return pin.path === path ? 'itself' : 'with-folder';
  };
  return { keeping, markOf };
}

/** `3 files, 1.2 GiB of 2 GiB cached. The rest is being fetched.` */
export function pinText({ kind, files, bytes, cachedBytes, state, reason }: Pin): string {
  const what = kind === 'directory' ? `${formatPlural(files, 'file')}, ` : '';
  if (state === 'kept') return `${what}all of ${formatBytes(bytes)} cached.`;
  const rest = reason ?? 'The rest is being fetched.';
  return `${what}${formatBytes(cachedBytes)} of ${formatBytes(bytes)} cached. ${rest}`;
}
