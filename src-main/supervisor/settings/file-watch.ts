/**
 * Tells when a file may have changed, whoever changed it and however: the directory is watched, because editors replace
 * files. Invariant: keeps no process running, and a system that cannot watch costs nothing but the news.
 */
import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Clock } from '../../engine/clock.ts';
import { targetOf } from './settings-file.ts';

/** An editor writes, renames and sets modes within a few milliseconds. */
const SETTLE_MS = 100;

/** Returns the function that ends it. `changed` is called once for a burst of changes. */
export function watchFile(file: string, clock: Clock, changed: () => void): () => void {
  let cancel: (() => void) | undefined;
  const settle = (): void => {
    cancel?.();
    cancel = clock.after(SETTLE_MS, () => {
      cancel = undefined;
      changed();
    });
  };
  const places = new Set([file, targetOf(file)]);
  const watchers = [...places].map((place) => watchPlace(place, settle)).filter((one) => one !== undefined);
  return () => {
    cancel?.();
    for (const watcher of watchers) watcher.close();
  };
}

function watchPlace(place: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(place), { persistent: false }, (_, name) => {
      if (name === null || name === basename(place)) changed();
    });
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
