/** Numbers of namespaces in the index: the only part of a block's name that is not in its own row. */
import type { FileName } from './cache-layout.ts';
import type { Statements } from './cache-index-schema.ts';

export interface FileParameters {
  readonly namespace: number;
  readonly artifact: Buffer;
}

export class IndexNames {
  readonly #statements: Statements;
  readonly #known = new Map<string, number>();

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  /** Undefined for one that never had a row. */
  find(namespace: string): number | undefined {
    const known = this.#known.get(namespace) ?? this.#statements.namespaceId.get(namespace)?.id;
    if (known !== undefined) this.#known.set(namespace, known);
    return known;
  }

  findFile({ namespace, artifact }: FileName): FileParameters | undefined {
    const id = this.find(namespace);
    return id === undefined ? undefined : { namespace: id, artifact: Buffer.from(artifact, 'hex') };
  }

  /** Only inside a transaction: it may add the namespace. */
  file(name: FileName): FileParameters {
    if (this.find(name.namespace) === undefined) this.#statements.addNamespace.run(name.namespace);
    return this.findFile(name)!;
  }

  /** The numbers may have been given out by a transaction that was rolled back. */
  forget(): void {
    this.#known.clear();
  }
}
