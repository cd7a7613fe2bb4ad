/** Lets things be done one after the other for each key. Invariant: what failed holds up nobody. */
export class Turns<Key> {
  /** The end of the queue of each key that has one. */
  readonly #last = new Map<Key, Promise<unknown>>();

  /** For which something is under way. */
  get keys(): Iterable<Key> {
    return this.#last.keys();
  }

  /** Resolves, or rejects, as `work` does, once it is its turn. */
  async take<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    // No await between get and set: two would go at once.
    const turn = (before ?? Promise.resolve()).then(work, work);
    this.#last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    }
  }

  /** Resolves when all that is queued now is over. */
  async done(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }
}

/** Works on all of them, so many at a time. Rejects with the first failure. */
export async function forEachOf<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>) {
  const left = all.values();
  const some = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, some));
}
