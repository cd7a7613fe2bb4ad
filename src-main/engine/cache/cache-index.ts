/**
 * What the cache holds, in SQLite, so that start-up and usage() cost the same whatever the cache holds.
 * Invariant: a block file exists only while a row names it, and the totals change in the same transaction as the rows;
 * a row that is `writing` or `removing` says that the file itself must be asked after a crash.
 */
import Database from 'better-sqlite3';
import { prepareStatements, SCHEMA, SCHEMA_VERSION } from './cache-index-schema.ts';
import type { IndexedBlock, Statements } from './cache-index-schema.ts';
import type { BlockName } from './cache-layout.ts';

/** Uses per session before the counter would reach into the next session's range; at 100,000 a second, half a day. */
const USES_PER_SESSION = 2 ** 32;

export interface CacheUsage {
  readonly blocks: number;
  readonly bytes: number;
}

export interface FoundBlock extends BlockName {
  readonly bytes: number;
  /** Whole seconds since 1970. */
  readonly modified: number;
}

interface Waiting {
  readonly run: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class CacheIndex {
  readonly #database: Database.Database;
  readonly #statements: Statements;
  readonly #namespaces = new Map<string, number>();
  readonly #inOneTransaction: (batch: readonly Waiting[]) => void;
  #waiting: Waiting[] = [];
  /** Removals whose transaction failed: the file is gone, so the row goes with the next transaction that succeeds. */
  #owed: (() => void)[] = [];
  #lastUse = 0;
  #usage: CacheUsage;
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
      const isNew = this.#database.prepare('SELECT 1 FROM sqlite_schema LIMIT 1').get() === undefined;
      if (isNew) this.#database.transaction(() => this.#database.exec(SCHEMA))();
      this.#statements = prepareStatements(this.#database);
      const { blocks, bytes } = this.#state();
      this.#usage = { blocks, bytes };
    } catch (error) {
      this.#database.close();
      throw error;
    }
    this.#inOneTransaction = this.#database.transaction((batch: readonly Waiting[]) => {
      for (const run of this.#owed) run();
      for (const { run } of batch) run();
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
    this.#statements.start.run({ token, boot: boot ?? null });
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

  /** Length of a stored block, or undefined. */
  storedBytes(name: BlockName): number | undefined {
    const { artifact, block } = name;
    const namespace = this.#knownNamespace(name.namespace);
    if (namespace === undefined) return undefined;
    return this.#statements.bytes.get({ namespace, artifact: Buffer.from(artifact, 'hex'), block })?.bytes;
  }

  /** Says that a file of this name and length is about to appear. Resolves once a crash cannot undo it. */
  intend(name: BlockName, bytes: number): Promise<void> {
    const lastUse = (this.#lastUse += 1);
    return this.#enqueue(() => this.#statements.intend.run({ ...this.#parameters(name), bytes, lastUse }));
  }

  confirm(name: BlockName): Promise<void> {
    return this.#enqueue(() => this.#statements.confirm.run(this.#parameters(name)));
  }

  /** Says that the file is about to be deleted, so that a crash in between finishes the deletion. */
  intendRemoval(name: BlockName): Promise<void> {
    return this.#enqueue(() => this.#statements.remove.run(this.#parameters(name)));
  }

  /** For a block whose file is gone. If it rejects, the row still goes with the next transaction that succeeds. */
  async forget(name: BlockName): Promise<void> {
    const run = () => void this.#statements.forget.run(this.#parameters(name));
    try {
      await this.#enqueue(run);
    } catch (error) {
      this.#owed.push(run);
      throw error;
    }
  }

  touch(name: BlockName): Promise<void> {
    const lastUse = (this.#lastUse += 1);
    return this.#enqueue(() => this.#statements.touch.run({ ...this.#parameters(name), lastUse }));
  }

  /** Enters blocks found on disk. Their bytes were verified by a session nobody can vouch for, hence `unproven`. */
  adopt(found: readonly FoundBlock[]): Promise<void> {
    return this.#enqueue(() => {
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
    this.#flush();
    if (this.#isDamaged || this.#owed.length > 0) throw new Error('the index does not match the files');
    this.#database.pragma('synchronous = FULL');
    this.#statements.stop.run();
    this.#database.pragma('wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }

  /** Closes without vouching for the rows. */
  abandon(): void {
    this.#database.close();
  }

  /** Everything asked for during one turn of the event loop shares one transaction. */
  #enqueue(run: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ run, resolve, reject });
    });
  }

  #flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0 && this.#owed.length === 0) return;
    this.#waiting = [];
    try {
      this.#inOneTransaction(batch);
      const { blocks, bytes } = this.#state();
      this.#usage = { blocks, bytes };
    } catch (error) {
      if (isDamage(error)) this.#isDamaged = true;
      // The ids may have been given out by the transaction that was just rolled back.
      this.#namespaces.clear();
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#owed = [];
    for (const { resolve } of batch) resolve();
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
