/**
 * Which files are pinned, in the index: a row for each, and a mark on each of their blocks, so that the order of use leaves
 * them out. Invariant: a block that is stored while its file is pinned has the mark from the beginning.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { FileName } from './cache-layout.ts';
import type { IndexedPin, PinnedFile, Statements } from './cache-index-schema.ts';
import type { FileParameters, IndexNames } from './index-names.ts';
import type { IndexTransactions } from './index-transactions.ts';

export interface IndexPinsParts {
  readonly statements: Statements;
  readonly names: IndexNames;
  readonly transactions: IndexTransactions;
}

/** Above every path there is. */
const END = '\u{10FFFF}';
/** The character after the one that separates names. */
const AFTER_SEPARATOR = '0';
const NO_ROUND = -1;

export class IndexPins {
  readonly #parts: IndexPinsParts;

  constructor(parts: IndexPinsParts) {
    this.#parts = parts;
  }

  has(file: FileName): boolean {
    const found = this.#parts.names.findFile(file);
    return found !== undefined && this.#parts.statements.isPinned.get(found) !== undefined;
  }

  /** Sizes of all pinned files together, whether their blocks are stored or not. */
  totalBytes(): number {
    return this.#parts.statements.pinTotal.get()?.bytes ?? 0;
  }

  /**
   * The pinned files of a folder, or the file itself in all its versions, in the order of their paths. Read a page at a time,
   * with a turn of the event loop between them. Not those that were last added in `exceptRound`.
   */
  async *below(
    namespace: string,
    path: string,
    exceptRound = NO_ROUND,
  ): AsyncGenerator<readonly IndexedPin[]> {
    const { statements, names } = this.#parts;
    const id = names.find(namespace);
    if (id === undefined) return;
    const end = path === '' ? END : `${path}${AFTER_SEPARATOR}`;
    const range = { namespace: id, path, end, exceptRound };
    for (let last = { path: '', artifact: '' }; ; await turn()) {
      const after = last.path === '' ? path : last.path;
      const afterArtifact = Buffer.from(last.artifact, 'hex');
      const page = statements.pinsBelow.all({ ...range, after, afterArtifact });
      if (page.length > 0) yield page.map((pin) => ({ ...pin, namespace }));
      const next = page.at(-1);
      if (next === undefined) return;
      last = next;
    }
  }

  /** All of one namespace, in one transaction. */
  async add(files: readonly PinnedFile[], round = 0): Promise<void> {
    const { statements, names, transactions } = this.#parts;
    const added: FileName[] = [];
    await transactions.add(() => {
      for (const { namespace, artifact, bytes, path } of files) {
        const file = { namespace, artifact };
        if (!this.has(file)) added.push(file);
        statements.pin.run({ ...names.file(file), bytes, path, round });
      }
    });
    await Promise.all(added.map((file) => this.#mark(file, 1)));
  }

  async remove(files: readonly FileName[]): Promise<void> {
    const { statements, names, transactions } = this.#parts;
    await transactions.add(() => {
      for (const file of files) statements.unpin.run(names.file(file));
    });
    await Promise.all(files.map((file) => this.#mark(file, 0)));
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
