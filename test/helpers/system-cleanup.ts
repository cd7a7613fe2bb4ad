/**
 * What a test or a benchmark has opened and must give back: children, mounts, servers. Ended newest first, so a
 * mount goes before the server it reads from. Invariant: one failing release never keeps the others from running.
 */
interface Entry {
  readonly id: number;
  readonly what: string;
  readonly release: () => Promise<void>;
}

const entries = new Map<number, Entry>();
let lastId = 0;

/** Remembers something to release; the returned function forgets it (it was released by its owner). */
export function onCleanup(what: string, release: () => Promise<void>): () => void {
  lastId += 1;
  const id = lastId;
  entries.set(id, { id, what, release });
  return () => {
    entries.delete(id);
  };
}

/** A point in time for `cleanUpSince`. */
export function cleanupMark(): number {
  return lastId;
}

/** Releases everything registered after `mark`. Rejects, after trying all, with every failure. */
export async function cleanUpSince(mark: number): Promise<void> {
  const failures: Error[] = [];
  for (const entry of [...entries.values()].filter(({ id }) => id > mark).toReversed()) {
    // An earlier release may have taken this one with it.
    if (!entries.delete(entry.id)) continue;
    try {
      await entry.release();
    } catch (cause) {
      failures.push(new Error(`could not release ${entry.what}`, { cause }));
    }
  }
  const [first] = failures;
  if (first !== undefined && failures.length === 1) throw first;
  if (first !== undefined) throw new AggregateError(failures, 'several things could not be released');
}
