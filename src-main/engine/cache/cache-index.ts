/**
 * What the cache holds, in SQLite, so that start-up and usage() cost the same whatever the cache holds.
 * Invariant: a block file exists only while a row names it, and the totals change in the same transaction as the rows;
 * a row that is `writing` or `removing` says that the file itself must be asked after a crash.
 */
import Database from 'better-sqlite3';
import { migrate, SCHEMA_VERSION } from './cache-index-migrations.ts';
import { PAGE_ROWS, prepareStatements } from './cache-index-schema.ts';
import type { CacheUsage, IndexedBlock, NamespaceUsage, Statements } from './cache-index-schema.ts';
import type { BlockName, FileName } from './cache-layout.ts';
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
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #transactions: IndexTransactions;
  readonly #namespaces = new Map<string, number>();
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
    this.#transactions = new IndexTransactions(this.#database, {
      committed: () => this.#count(),
      failed: (error) => {
        if (isDamage(error)) this.#isDamaged = true;
        // The ids may have been given out by the transaction that was just rolled back.
        this.#namespaces.clear();
      },
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

  usageOf(namespace: string): CacheUsage {
    return this.#statements.namespaceUsage.get(namespace) ?? NOTHING;
  }

  /** Those that hold any block, by name. */
  namespaces(): readonly NamespaceUsage[] {
    return this.#statements.namespaces.all();
  }

  fileUsage(file: FileName): CacheUsage {
    const namespace = this.#knownNamespace(file.namespace);
    if (namespace === undefined) return NOTHING;
    return (
      this.#statements.fileUsage.get({ namespace, artifact: Buffer.from(file.artifact, 'hex') }) ?? NOTHING
    );
  }

  /** Up to a page of the file's stored blocks after `block`, in order; less than a page is the end. */
  storedAfter(file: FileName, block: number): { readonly blocks: readonly number[]; readonly end: boolean } {
    const namespace = this.#knownNamespace(file.namespace);
    if (namespace === undefined) return { blocks: [], end: true };
    const artifact = Buffer.from(file.artifact, 'hex');
    const blocks = this.#statements.storedAfter.all({ namespace, artifact, block });
    return { blocks, end: blocks.length < PAGE_ROWS };
  }

  /**
   * Shows `visit` the blocks that may be removed and were last used before `use`, least recently used first, until it
   * answers false. It must not call the index.
   */
  leastRecentlyUsed(use: number, visit: (block: IndexedBlock) => boolean): void {
    for (const block of this.#statements.leastRecentlyUsed.iterate(use)) if (!visit(block)) return;
  }

  /** A number greater than all before, also those of earlier sessions: when something is used. */
  nextUse(): number {
    return (this.#lastUse += 1);
  }

  /** Length of a stored block, or undefined. */
  storedBytes(name: BlockName): number | undefined {
    const { artifact, block } = name;
    const namespace = this.#knownNamespace(name.namespace);
    if (namespace === undefined) return undefined;
    return this.#statements.bytes.get({ namespace, artifact: Buffer.from(artifact, 'hex'), block })?.bytes;
  }

  /**
   * Says that a file of this name and length is about to appear. Resolves once a crash cannot undo it; `committed` runs in the
   * moment in which usage() changes, here and in confirm().
   */
  intend(name: BlockName, bytes: number, committed?: () => void): Promise<void> {
    const lastUse = this.nextUse();
    return this.#transactions.add(
      () => this.#statements.intend.run({ ...this.#parameters(name), bytes, lastUse }),
      committed,
    );
  }

  /** Its writing counts as its first use. */
  confirm(name: BlockName, committed?: () => void): Promise<void> {
    const lastUse = this.nextUse();
    return this.#transactions.add(
      () => this.#statements.confirm.run({ ...this.#parameters(name), lastUse }),
      committed,
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
        const namespace = this.#knownNamespace(name.namespace);
        if (namespace === undefined) continue;
        const artifact = Buffer.from(name.artifact, 'hex');
        this.#statements.touch.run({ namespace, artifact, block: name.block, lastUse: use });
      }
    });
  }

  /** Enters blocks found on disk. Their bytes were verified by a session nobody can vouch for, hence `unproven`. */
  adopt(found: readonly FoundBlock[]): Promise<void> {
    return this.#transactions.add(() => {
      for (const block of found) {
        // Seconds lie below every session's range, so anything used from now on counts as more recent.
        const lastUse = Math.min(Math.max(block.modified, 0), USES_PER_SESSION - 1);
        this.#statements.adopt.run({ ...this.#parameters(block), bytes: block.bytes, lastUse });
      }
    });
  }

  /** Up to a page of rows whose files must be asked. */
  unsettled(): readonly IndexedBlock[] {
    return this.#statements.unsettled.all();
  }

  /** Up to a page of stored blocks, of one namespace or of all. */
  someStored(namespace: string | undefined): readonly IndexedBlock[] {
    if (namespace === undefined) return this.#statements.anyStored.all();
    const id = this.#knownNamespace(namespace);
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

  #parameters({ namespace, artifact, block }: BlockName) {
    return { namespace: this.#namespaceId(namespace), artifact: Buffer.from(artifact, 'hex'), block };
  }

  #knownNamespace(name: string): number | undefined {
    const known = this.#namespaces.get(name) ?? this.#statements.namespaceId.get(name)?.id;
    if (known !== undefined) this.#namespaces.set(name, known);
    return known;
  }

  /** Only inside a transaction: it may add the namespace. */
  #namespaceId(name: string): number {
    const known = this.#knownNamespace(name);
    if (known !== undefined) return known;
    this.#statements.addNamespace.run(name);
    return this.#knownNamespace(name)!;
  }
}

/** Whether SQLite found the file itself wrong, so that only rebuilding it helps. */
export function isDamage(error: unknown): boolean {
  return (
    error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB|ERROR|CONSTRAINT)/.test(error.code)
  );
}
