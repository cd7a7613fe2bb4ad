/**
 * Puts the index's changes into transactions: everything asked for during one turn of the event loop shares one.
 * Invariant: a change that is owed, because its file is gone already, goes with the next transaction that succeeds.
 */
import type Database from 'better-sqlite3';

interface Waiting {
  readonly run: () => void;
  readonly committed: () => void;
  readonly reject: (error: unknown) => void;
}

export interface TransactionEvents {
  /** Right after a transaction, before anybody who waited for it. */
  readonly committed: () => void;
  readonly failed: (error: unknown) => void;
}

export class IndexTransactions {
  readonly #events: TransactionEvents;
  readonly #inOneTransaction: (batch: readonly Waiting[]) => void;
  #waiting: Waiting[] = [];
  #owed: (() => void)[] = [];

  constructor(database: Database.Database, events: TransactionEvents) {
    this.#events = events;
    this.#inOneTransaction = database.transaction((batch: readonly Waiting[]) => {
      for (const run of this.#owed) run();
      for (const { run } of batch) run();
    });
  }

  /** Resolves once a crash cannot undo it; `committed` runs in that same moment, before any other code. */
  add(run: () => void, committed?: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.flush());
      this.#waiting.push({
        run,
        committed: () => {
          committed?.();
          resolve();
        },
        reject,
      });
    });
  }

  owe(run: () => void): void {
    this.#owed.push(run);
  }

  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  flush(): void {
    const batch = this.#waiting;
    if (batch.length === 0 && this.#owed.length === 0) return;
    this.#waiting = [];
    try {
      this.#inOneTransaction(batch);
      this.#events.committed();
    } catch (error) {
      this.#events.failed(error);
      for (const { reject } of batch) reject(error);
      return;
    }
    this.#owed = [];
    for (const { committed } of batch) committed();
  }
}
