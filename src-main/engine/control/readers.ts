/**
 * Who reads in one mount, put together from the tables of its threads: one entry per process, however many threads it reads
 * with. Invariant: bytes of a process only grow while it is listed.
 */
import type { ReaderSlot } from '../filesystem/read-table.ts';

/** A reader that pauses this long has most likely ended. */
const FORGOTTEN_AFTER_MS = 30_000;
/** A screen shows a few; a build that starts a thousand compilers must not fill it. */
const MAX_READERS = 32;

export interface KnownReader {
  readonly pid: number;
  readonly process: string;
  readonly ordinal: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly lastReadAt: number;
}

export class Readers {
  readonly #known = new Map<number, KnownReader>();
  /** Bytes and tenancy of each slot when it was last looked at, per table. */
  readonly #seen: Map<number, { readonly tenancy: number; readonly bytes: number }>[] = [];

  /** `tables`: the slots of each table, always in the same order. `now`: milliseconds since 1970. */
  update(tables: readonly (readonly ReaderSlot[])[], now: number): void {
    for (const [index, slots] of tables.entries()) {
      const seen = (this.#seen[index] ??= new Map());
      for (const { slot, tenancy, pid, name, bytes, ordinal } of slots) {
        const before = seen.get(slot);
        seen.set(slot, { tenancy, bytes });
        const added = bytes - (before?.tenancy === tenancy ? before.bytes : 0);
        if (added <= 0) continue;
        const known = this.#known.get(pid);
        this.#known.set(pid, {
          pid,
          process: name,
          ordinal,
          bytes: (known?.bytes ?? 0) + added,
          lastReadAt: now,
        });
      }
    }
    for (const { pid, lastReadAt } of this.#known.values()) {
      if (now - lastReadAt >= FORGOTTEN_AFTER_MS) this.#known.delete(pid);
    }
  }

  /** The latest first. */
  list(): readonly KnownReader[] {
    return [...this.#known.values()].toSorted((a, b) => b.lastReadAt - a.lastReadAt).slice(0, MAX_READERS);
  }
}
