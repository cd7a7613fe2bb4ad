/**
 * What was read and by whom, counted in shared memory: one thread writes, the event loop looks now and then. Invariant: a
 * read costs its writer no allocation, no message and no lock; who reads is kept only while somebody watches.
 */

/** Threads told apart at a time; the one that has not read for longest gives way. */
const SLOTS = 64;
/** The kernel's names of processes have at most 15 bytes. */
const NAME_BYTES = 16;

const TOTALS = 3;
const DOUBLES = TOTALS + 2 * SLOTS;
/** Per slot: thread, process, whether it was used lately, how often it changed hands. Then the two numbers of the watch. */
const INTEGERS = 4 * SLOTS + 2;
const BYTES = 8 * DOUBLES + 4 * INTEGERS + NAME_BYTES * SLOTS;

export interface ReaderProcess {
  /** Thread group; the thread itself where that cannot be told. */
  readonly pid: number;
  /** Empty where it cannot be told. */
  readonly name: string;
}

export interface ReadTotals {
  readonly bytes: number;
  /** Reads answered from the cache alone, and all others. */
  readonly hits: number;
  readonly misses: number;
}

/** One thread's reads since it got its slot. */
export interface ReaderSlot extends ReaderProcess {
  readonly slot: number;
  /** Changes when the slot changes hands. */
  readonly tenancy: number;
  readonly bytes: number;
  /** Ordinal of the artifact it read last. */
  readonly ordinal: number;
}

export class ReadTable {
  readonly shared: SharedArrayBuffer;
  // Aligned 8-byte stores are whole on every 64-bit machine, so the totals need no atomics.
  readonly #totals: Float64Array;
  readonly #bytes: Float64Array;
  readonly #ordinals: Float64Array;
  readonly #threads: Int32Array;
  readonly #processes: Int32Array;
  readonly #used: Int32Array;
  /** Odd while the slot is being handed over. */
  readonly #tenancies: Int32Array;
  /** Number of the watch, negative when it is over; number of the watch that the slots belong to. */
  readonly #watch: Int32Array;
  readonly #names: Uint8Array;
  readonly #identify: (thread: number) => ReaderProcess;
  #latest = 0;
  #hand = 0;

  /** `identify` is asked once for each thread that gets a slot, while that thread waits for its read. */
  constructor(
    identify: (thread: number) => ReaderProcess,
    shared: SharedArrayBuffer = new SharedArrayBuffer(BYTES),
  ) {
    this.shared = shared;
    this.#identify = identify;
    let at = 0;
    const doubles = (length: number) => {
      at += 8 * length;
      return new Float64Array(shared, at - 8 * length, length);
    };
    const integers = (length: number) => {
      at += 4 * length;
      return new Int32Array(shared, at - 4 * length, length);
    };
    this.#totals = doubles(TOTALS);
    this.#bytes = doubles(SLOTS);
    this.#ordinals = doubles(SLOTS);
    this.#threads = integers(SLOTS);
    this.#processes = integers(SLOTS);
    this.#used = integers(SLOTS);
    this.#tenancies = integers(SLOTS);
    this.#watch = integers(2);
    this.#names = new Uint8Array(shared, at, NAME_BYTES * SLOTS);
  }

  /** A read was answered from the cache alone. `thread` 0: nobody knows whose. */
  hit(thread: number, ordinal: number, bytes: number): void {
    this.#totals[1]! += 1;
    this.#served(thread, ordinal, bytes);
  }

  /** A read was answered otherwise, or failed and got 0 bytes. */
  miss(thread: number, ordinal: number, bytes: number): void {
    this.#totals[2]! += 1;
    this.#served(thread, ordinal, bytes);
  }

  /** From now on it is kept who reads, beginning with nobody. */
  watch(): void {
    Atomics.store(this.#watch, 0, Math.abs(this.#watch[0]!) + 1);
  }

  unwatch(): void {
    Atomics.store(this.#watch, 0, -Math.abs(this.#watch[0]!));
  }

  totals(): ReadTotals {
    const [bytes, hits, misses] = this.#totals;
    return { bytes: bytes!, hits: hits!, misses: misses! };
  }

  /** The threads that read since the watch began. One that is being entered at this moment is left out. */
  readers(): readonly ReaderSlot[] {
    const found: ReaderSlot[] = [];
    if (Atomics.load(this.#watch, 0) !== Atomics.load(this.#watch, 1)) return found;
    for (let slot = 0; slot < SLOTS; slot += 1) {
      const tenancy = Atomics.load(this.#tenancies, slot);
      if (tenancy % 2 !== 0 || this.#threads[slot] === 0) continue;
      const reader = {
        slot,
        tenancy,
        pid: this.#processes[slot]!,
        name: this.#name(slot),
        bytes: this.#bytes[slot]!,
        ordinal: this.#ordinals[slot]!,
      };
      if (Atomics.load(this.#tenancies, slot) === tenancy) found.push(reader);
    }
    return found;
  }

  #served(thread: number, ordinal: number, bytes: number): void {
    this.#totals[0]! += bytes;
    const watch = this.#watch[0]!;
    if (watch <= 0 || thread === 0) return;
    if (watch !== this.#watch[1]) this.#empty(watch);
    const slot = this.#slotOf(thread);
    this.#used[slot] = 1;
    this.#bytes[slot]! += bytes;
    this.#ordinals[slot] = ordinal;
  }

  #slotOf(thread: number): number {
    if (this.#threads[this.#latest] !== thread) {
      const known = this.#threads.indexOf(thread);
      this.#latest = known < 0 ? this.#claim(thread) : known;
    }
    return this.#latest;
  }

  /** The clock algorithm, as for the descriptors of cached blocks. */
  #claim(thread: number): number {
    for (;;) {
      const slot = this.#hand;
      this.#hand = (slot + 1) % SLOTS;
      if (this.#used[slot] === 1) {
        this.#used[slot] = 0;
        continue;
      }
      const { pid, name } = this.#identify(thread);
      Atomics.add(this.#tenancies, slot, 1);
      this.#bytes[slot] = 0;
      this.#processes[slot] = pid;
      const names = this.#names.subarray(slot * NAME_BYTES, (slot + 1) * NAME_BYTES).fill(0);
      names.set(Buffer.from(name).subarray(0, NAME_BYTES));
      this.#threads[slot] = thread;
      Atomics.add(this.#tenancies, slot, 1);
      return slot;
    }
  }

  #empty(watch: number): void {
    this.#threads.fill(0);
    this.#used.fill(0);
    Atomics.store(this.#watch, 1, watch);
  }

  #name(slot: number): string {
    // TextDecoder takes no shared memory.
    const bytes = Buffer.from(this.#names.subarray(slot * NAME_BYTES, (slot + 1) * NAME_BYTES));
    const end = bytes.indexOf(0);
    return bytes.toString('utf8', 0, end < 0 ? NAME_BYTES : end);
  }
}
