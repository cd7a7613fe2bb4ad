/**
 * Which files are pinned, in the index: a row for each, and a mark on each of their blocks, so that the order of use leaves
 * them out. Invariant: a block that is stored while its file is pinned has the mark from the beginning.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { FileName } from './cache-layout.ts';
import type { PinnedFile, Statements } from './cache-index-schema.ts';
import type { FileParameters, IndexNames } from './index-names.ts';
import type { IndexTransactions } from './index-transactions.ts';

export interface IndexPinsParts {
  readonly statements: Statements;
  readonly names: IndexNames;
  readonly transactions: IndexTransactions;
}

export class IndexPins {
  readonly #parts: IndexPinsParts;

  constructor(parts: IndexPinsParts) {
    this.#parts = parts;
  }

  has(file: FileName): boolean {
    const found = this.#parts.names.findFile(file);
    return found !== undefined && this.#parts.statements.isPinned.get(found) !== undefined;
  }

  /** In the order of their paths. */
  all(): readonly PinnedFile[] {
    return this.#parts.statements.pins.all();
  }

  /** Sizes of all pinned files together, whether their blocks are stored or not. */
  totalBytes(): number {
    return this.#parts.statements.pinTotal.get()?.bytes ?? 0;
  }

  async add({ namespace, artifact, bytes, path }: PinnedFile): Promise<void> {
    const { statements, names, transactions } = this.#parts;
    const file = { namespace, artifact };
    await transactions.add(() => statements.pin.run({ ...names.file(file), bytes, path }));
    await this.#mark(file, 1);
  }

  async remove(file: FileName): Promise<void> {
    const { statements, names, transactions } = this.#parts;
    await transactions.add(() => statements.unpin.run(names.file(file)));
    await this.#mark(file, 0);
  }

  /** A page at a time: a file may have a million blocks, and readers must not wait for them. */
  async #mark(file: FileName, pinned: 0 | 1): Promise<void> {
    const { statements, names, transactions } = this.#parts;
    const found: FileParameters | undefined = names.findFile(file);
    if (found === undefined) return;
    for (let after = -1; ;) {
      const last = statements.lastOfPage.get({ ...found, after })?.block ?? undefined;
      if (last === undefined) return;
      const from = after;
      await transactions.add(() => statements.mark.run({ ...found, after: from, last, pinned }));
      after = last;
      await turn();
    }
  }
}
