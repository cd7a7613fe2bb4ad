/**
 * What the cache holds, in SQLite, so that start-up and usage() cost the same whatever the cache holds.
 * Invariant: a block file exists only while a row names it, and the totals change in the same transaction as the rows;
 * a row that is `writing` or `removing` says that the file itself must be asked after a crash.
 */
import Database from 'better-sqlite3';
import { migrate, SCHEMA_VERSION } from './cache-index-migrations.ts';
import { prepareStatements } from './cache-index-schema.ts';
import type { CacheUsage, IndexedBlock, Statements, StoredBlock, UsedBlock } from './cache-index-schema.ts';
import type { BlockName } from './cache-layout.ts';
import { IndexFigures } from './index-figures.ts';
import { IndexNames } from './index-names.ts';
import { IndexPins } from './index-pins.ts';
import { IndexTransactions } from './index-transactions.ts';

/** Uses per session before the counter would reach into the next session's range; at 100,000 a second, half a day. */
const USES_PER_SESSION = 2 ** 32;

export interface FoundBlock extends BlockName {
  readonly bytes: number;
  /** Whole seconds since 1970. */
  readonly modified: number;
}

/** A block and when it was used, as a number that only grows (see nextUse). */
export interface BlockUse {
  readonly name: BlockName;
  readonly use: number;
}

const NOTHING: CacheUsage = { blocks: 0, bytes: 0 };

export class CacheIndex {
  readonly figures: IndexFigures;
  readonly pins: IndexPins;
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #transactions: IndexTransactions;
  readonly #names: IndexNames;
  #lastUse = 0;
  #usage: CacheUsage = NOTHING;
  #pinnedBytes = 0;
  #isDamaged = false;

  /** `path` must exist; an empty file becomes an index that is not current. Throws what SQLite throws, also for a corrupt file. */
  constructor(path: string) {
    this.#database = new Database(path, { timeout: 0, fileMustExist: true });
    try {
      this.#database.pragma('locking_mode = EXCLUSIVE');
      this.#database.pragma('journal_mode = WAL');
      // A killed process loses nothing it wrote to the page cache; after a reboot the index is rebuilt from the files
      // unless it was closed, and close() synchronizes. So no commit needs to wait for the disk.
      this.#database.pragma('synchronous = OFF');
      migrate(this.#database);
      this.#statements = prepareStatements(this.#database);
      this.#count();
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#names = new IndexNames(this.#statements);
    this.#transactions = new IndexTransactions(this.#database, {
      committed: () => this.#count(),
      failed: (error) => {
        if (isDamage(error)) this.#isDamaged = true;
        this.#names.forget();
      },
    });
    this.figures = new IndexFigures(this.#statements, this.#names);
    this.pins = new IndexPins({
      statements: this.#statements,
      names: this.#names,
      transactions: this.#transactions,
    });
  }

  /** Whether the rows can be believed: complete, of this version, and either closed properly or left behind within this boot. */
  isCurrent(boot: string | undefined): boolean {
    const { boot: recorded, clean } = this.#state();
    const version = this.#database.pragma('user_version', { simple: true });
    return version === SCHEMA_VERSION && (clean === 1 || (boot !== undefined && recorded === boot));
  }

  /** Marks the index as in use. Returns the token of the session before, which names its temporary files. */
  startSession(token: string, boot: string | undefined): string {
    const { token: previous, session } = this.#state();
    // A power cut must not leave the mark of the last clean close: rows of then would be believed for the files of now.
    this.#durably(() => this.#statements.start.run({ token, boot: boot ?? null }));
    this.#lastUse = (session + 1) * USES_PER_SESSION;
    return previous;
  }

  /** Until this is called an interrupted rebuild starts over at the next opening. */
  markComplete(): void {
    this.#database.pragma(`user_version = ${SCHEMA_VERSION}`);
  }

  /** As of the last transaction; also after close(). */
  usage(): CacheUsage {
    return this.#usage;
  }

  /** Bytes of blocks that may be removed to make room, as of the last transaction; also after close(). */
  evictableBytes(): number {
    return this.#usage.bytes - this.#pinnedBytes;
  }

  /**
   * Shows `visit` the blocks that may be removed and were last used before `use`, least recently used first, until it
   * answers false. It must not call the index.
   */
  leastRecentlyUsed(use: number, visit: (block: UsedBlock) => boolean): void {
    for (const block of this.#statements.leastRecentlyUsed.iterate(use)) if (!visit(block)) return;
  }

  /** A number greater than all before, also those of earlier sessions: when something is used. */
  nextUse(): number {
    return (this.#lastUse += 1);
  }

  /** A stored block, or undefined. */
  stored(name: BlockName): StoredBlock | undefined {
    const file = this.#names.findFile(name);
    const row = file && this.#statements.stored.get({ ...file, block: name.block });
    return row && { bytes: row.bytes, digest: row.sha256 ?? undefined };
  }

  /** Length of a stored block, or undefined. */
  storedBytes(name: BlockName): number | undefined {
    return this.stored(name)?.bytes;
  }

  /**
   * Says that a file of this name and length is about to appear. Resolves once a crash cannot undo it; `committed` runs in the
   * moment in which usage() changes, here and in confirm().
   */
  intend(name: BlockName, bytes: number, committed?: () => void): Promise<void> {
    const lastUse = this.nextUse();
    return this.#transactions.add(
      () => this.#statements.intend.run({ ...this.#parameters(name), bytes, sha256: null, lastUse }),
      committed,
    );
  }

  /** Its writing counts as its first use. */
  confirm(name: BlockName, digest: Buffer | undefined, committed?: () => void): Promise<void> {
    const lastUse = this.nextUse();
    return this.#transactions.add(
      () => this.#statements.confirm.run({ ...this.#parameters(name), sha256: digest ?? null, lastUse }),
      committed,
    );
  }

  /** The digest of a stored block that was not known. */
  learn(name: BlockName, digest: Buffer): Promise<void> {
    return this.#transactions.add(() =>
      this.#statements.learn.run({ ...this.#parameters(name), sha256: digest }),
    );
  }

  /** Says that the file is about to be deleted, so that a crash in between finishes the deletion. */
  intendRemoval(name: BlockName): Promise<void> {
    return this.#transactions.add(() => this.#statements.remove.run(this.#parameters(name)));
  }

  /** For a block whose file is gone. If it rejects, the row still goes with the next transaction that succeeds. */
  async forget(name: BlockName): Promise<void> {
    const run = () => void this.#statements.forget.run(this.#parameters(name));
    try {
      await this.#transactions.add(run);
    } catch (error) {
      this.#transactions.owe(run);
      throw error;
    }
  }

  touch(uses: readonly BlockUse[]): Promise<void> {
    return this.#transactions.add(() => {
      for (const { name, use } of uses) {
        const file = this.#names.findFile(name);
        if (file !== undefined) this.#statements.touch.run({ ...file, block: name.block, lastUse: use });
      }
    });
  }

  /** Enters blocks found on disk, except those that `isGone` by then. Nobody knows their digests. */
  adopt(found: readonly FoundBlock[], isGone: (block: BlockName) => boolean = () => false): Promise<void> {
    return this.#transactions.add(() => {
      for (const block of found) {
        if (isGone(block)) continue;
        // Seconds lie below every session's range, so anything used from now on counts as more recent.
        const lastUse = Math.min(Math.max(block.modified, 0), USES_PER_SESSION - 1);
        const row = { ...this.#parameters(block), bytes: block.bytes, sha256: null, lastUse };
        this.#statements.adopt.run(row);
      }
    });
  }

  /** Enters a block that was found on disk and has this digest. */
  adoptProven(name: BlockName, { bytes, digest }: StoredBlock): Promise<void> {
    const lastUse = this.nextUse();
    return this.#transactions.add(() =>
      this.#statements.adopt.run({ ...this.#parameters(name), bytes, sha256: digest ?? null, lastUse }),
    );
  }

  /** Up to a page of rows whose files must be asked. */
  unsettled(): readonly IndexedBlock[] {
    return this.#statements.unsettled.all();
  }

  /** Up to a page of stored blocks that are not pinned, of one namespace or of all. */
  someStored(namespace: string | undefined): readonly IndexedBlock[] {
    if (namespace === undefined) return this.#statements.anyStored.all();
    const id = this.#names.find(namespace);
    return id === undefined ? [] : this.#statements.storedIn.all(id);
  }

  /** Right after adopt(): when the last block before `limit` was modified, in seconds. */
  lastModifiedBefore(limit: number): number | undefined {
    return this.#statements.lastBefore.get(limit)?.modified ?? undefined;
  }

  /** Right after adopt(): up to a page of blocks modified in (after, before), in seconds. */
  modifiedBetween(after: number, before: number): readonly IndexedBlock[] {
    return this.#statements.between.all(after, before);
  }

  /** Makes everything durable and marks the index as trustworthy after a reboot. Throws, still open, when it is not. */
  close(): void {
    this.#transactions.flush();
    if (this.#isDamaged || this.#transactions.isOwing) throw new Error('the index does not match the files');
    this.#durably(() => this.#statements.stop.run());
    this.#database.close();
  }

  /** Closes without vouching for the rows. */
  abandon(): void {
    this.#database.close();
  }

  /** What `change` does and all before it outlast a power cut. */
  #durably(change: () => void): void {
    this.#database.pragma('synchronous = FULL');
    change();
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.pragma('synchronous = OFF');
  }

  #count(): void {
    const { blocks, bytes, pinned_bytes: pinnedBytes } = this.#state();
    this.#usage = { blocks, bytes };
    this.#pinnedBytes = pinnedBytes;
  }

  #state() {
    const state = this.#statements.state.get();
    if (state === undefined) throw new Database.SqliteError('the row of totals is missing', 'SQLITE_CORRUPT');
    return state;
  }

  #parameters(name: BlockName) {
    return { ...this.#names.file(name), block: name.block };
  }
}

/** Whether SQLite found the file itself wrong, so that only rebuilding it helps. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|CONSTRAINT)/.test(error.code)
  );
}
