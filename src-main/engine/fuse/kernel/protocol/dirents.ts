/** Packs directory entries into a READDIR or READDIRPLUS reply. Invariant: an entry is written whole or not at all. */
import { Attr, Dirent, ENTRY_OUT_SIZE, EntryOut } from './abi.ts';
import type { StructOf } from './abi.ts';

/** `d_type` of a directory entry: the file type bits of st_mode, shifted. */
export const DirentType = { DIRECTORY: 4, FILE: 8 } as const;

export interface DirentValue {
  readonly ino: number;
  /** Offset from which a later request continues after this entry. */
  readonly next: number;
  readonly type: number;
  readonly name: Uint8Array;
}

/** What READDIRPLUS puts before each entry; a node id of 0 means "not looked up". */
export interface EntryValue {
  readonly entry: Partial<StructOf<typeof EntryOut>>;
  readonly attr: Partial<StructOf<typeof Attr>>;
}

export class DirentWriter {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;
  readonly #start: number;

  /** Writes into bytes `start` to `start + capacity`. */
  constructor(bytes: Uint8Array, view: DataView, start: number, capacity: number) {
    this.#bytes = bytes;
    this.#view = view;
    this.#start = start;
    this.#at = start;
    this.#end = start + capacity;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Whether an entry of this name still fits. */
  fits(nameLength: number, plus: boolean): boolean {
    return this.#at + direntBytes(nameLength, plus) <= this.#end;
  }

  /** Appends an entry that `fits`. */
  add(dirent: DirentValue, plus?: EntryValue): void {
    const end = this.#at + direntBytes(dirent.name.length, plus !== undefined);
    if (end > this.#end) throw new Error('directory entry does not fit its reply');
    if (plus !== undefined) {
      EntryOut.encode(this.#view, this.#at, plus.entry);
      Attr.encode(this.#view, this.#at + EntryOut.size, plus.attr);
      this.#at += ENTRY_OUT_SIZE;
    }
    const { ino, next, type, name } = dirent;
    Dirent.encode(this.#view, this.#at, { ino, off: next, namelen: name.length, type });
    this.#bytes.set(name, this.#at + Dirent.size);
    this.#bytes.fill(0, this.#at + Dirent.size + name.length, end);
    this.#at = end;
  }
}

/** Bytes an entry takes in a reply: entries are aligned to 8. */
export function direntBytes(nameLength: number, plus: boolean): number {
  return (plus ? ENTRY_OUT_SIZE : 0) + ((Dirent.size + nameLength + 7) & ~7);
}
