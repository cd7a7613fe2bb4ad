/** What the index tells of many blocks at once. Each answer is a look-up, however much the cache holds. */
import { PAGE_ROWS } from './cache-index-schema.ts';
import type {
  CacheUsage,
  IndexedBlock,
  IndexPosition,
  NamespaceUsage,
  Statements,
} from './cache-index-schema.ts';
import type { FileName } from './cache-layout.ts';
import type { IndexNames } from './index-names.ts';

/** Before the first block of all. */
export const INDEX_START: IndexPosition = { namespace: 0, artifact: Buffer.alloc(0), block: 0 };

const NOTHING: CacheUsage = { blocks: 0, bytes: 0 };

export class IndexFigures {
  readonly #statements: Statements;
  readonly #names: IndexNames;

  constructor(statements: Statements, names: IndexNames) {
    this.#statements = statements;
    this.#names = names;
  }

  usageOf(namespace: string): CacheUsage {
    return this.#statements.namespaceUsage.get(namespace) ?? NOTHING;
  }

  /** Those that hold any block, by name. */
  namespaces(): readonly NamespaceUsage[] {
    return this.#statements.namespaces.all();
  }

  fileUsage(file: FileName): CacheUsage {
    const found = this.#names.findFile(file);
    return (found && this.#statements.fileUsage.get(found)) ?? NOTHING;
  }

  /** Up to a page of the file's stored blocks after `block`, in order; less than a page is the end. */
  storedAfter(file: FileName, block: number): { readonly blocks: readonly number[]; readonly end: boolean } {
    const found = this.#names.findFile(file);
    if (found === undefined) return { blocks: [], end: true };
    const blocks = this.#statements.storedAfter.all({ ...found, block });
    return { blocks, end: blocks.length < PAGE_ROWS };
  }

  /** Up to `limit` stored blocks that follow a position in the order of their rows, each with its own. */
  storedFollowing(
    position: IndexPosition,
    limit: number,
  ): readonly (IndexedBlock & { readonly position: IndexPosition })[] {
    return this.#statements.following.all({ ...position, limit }).map(({ id, ...block }) => ({
      ...block,
      position: { namespace: id, artifact: Buffer.from(block.artifact, 'hex'), block: block.block },
    }));
  }
}
