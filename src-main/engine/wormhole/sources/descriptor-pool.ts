/**
 * Keeps the descriptors of recently read files open, so that a run of blocks opens its file once. Invariant: at most
 * `limit` idle descriptors, none idle for longer than `idleMs`, none closed while in use, none left after close().
 */
import type { Clock } from '../../clock.ts';

export interface Closable {
  close(): Promise<void>;
}

interface Entry<D> {
  readonly key: string;
  readonly opening: Promise<D>;
  users: number;
  idleSince: number;
  /** No later use may find it; it closes with its last user. */
  retired: boolean;
}

export interface DescriptorPoolOptions {
  readonly clock: Clock;
  readonly limit: number;
  readonly idleMs: number;
}

export class DescriptorPool<D extends Closable> {
  readonly #options: DescriptorPoolOptions;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry<D>>();
  readonly #closing = new Set<Promise<void>>();
  #cancelSweep: (() => void) | undefined;
  #closed = false;

  constructor(options: DescriptorPoolOptions) {
    this.#options = options;
  }

  /** Runs `work` on the descriptor of `key`, opened by `open` unless it is there. A failure drops the descriptor. */
  async use<T>(key: string, open: () => Promise<D>, work: (descriptor: D) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? newEntry(key, open());
    entry.users += 1;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      return await work(await entry.opening);
    } catch (error) {
      this.#retire(entry);
      throw error;
    } finally {
      entry.users -= 1;
      this.#release(entry);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelSweep?.();
    for (const entry of this.#entries.values()) {
      this.#retire(entry);
      if (entry.users === 0) this.#shut(entry);
    }
    await Promise.allSettled(this.#closing);
  }

  #retire(entry: Entry<D>): void {
    entry.retired = true;
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }

  #release(entry: Entry<D>): void {
    if (entry.users > 0) return;
    entry.idleSince = this.#options.clock.now();
    if (entry.retired || this.#closed) {
      this.#retire(entry);
      this.#shut(entry);
      return;
    }
    this.#evict();
    this.#sweepLater();
  }

  #evict(): void {
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= this.#options.limit) return;
      if (entry.users === 0) this.#drop(entry);
    }
  }

  #sweepLater(): void {
    this.#cancelSweep ??= this.#options.clock.after(this.#options.idleMs, () => {
      this.#cancelSweep = undefined;
      this.#sweep();
    });
  }

  #sweep(): void {
    const oldest = this.#options.clock.now() - this.#options.idleMs;
    for (const entry of this.#entries.values()) {
      if (entry.users === 0 && entry.idleSince <= oldest) this.#drop(entry);
    }
    if (this.#entries.size > 0 && !this.#closed) this.#sweepLater();
  }

  #drop(entry: Entry<D>): void {
    this.#retire(entry);
    this.#shut(entry);
  }

  #shut(entry: Entry<D>): void {
    // One that never opened needs no closing, and a failing close of a read-only descriptor loses nothing.
    const closing = entry.opening
      .then((descriptor) => descriptor.close())
      .catch(() => undefined)
      .finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

function newEntry<D>(key: string, opening: Promise<D>): Entry<D> {
  return { key, opening, users: 0, idleSince: 0, retired: false };
}
